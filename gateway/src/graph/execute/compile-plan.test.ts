import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { noLogger } from '../../core/log.ts';
import type { EntitiesNode, FetchNode, PlanNode } from '../plan/plan.ts';
import { loadSupergraph, type TypeIndex } from '../supergraph/supergraph.ts';
import { companySupergraph, testContext } from '../testing/company.fixture.ts';
import { compilePlan } from './compile-plan.ts';
import type { Run } from './run.ts';

let types: TypeIndex;
before(async () => {
  ({ types } = await loadSupergraph(await companySupergraph()));
});

const fetchOf = (operation: string, variables: string[] = []): FetchNode => ({
  kind: 'fetch',
  subgraph: 's',
  operationKind: 'query',
  operation,
  operationName: undefined,
  variables,
  path: [],
  outputRewrites: [],
});

const product = (paths: string[][], selection: string): EntitiesNode => ({
  ...fetchOf(`query($r: [_Any!]!) { _entities(representations: $r) { ... on Product { ${selection} } } }`),
  kind: 'entities',
  batches: [
    {
      alias: '_entities',
      variable: 'r',
      paths: paths.map((names) => names.map((name) => ({ kind: 'field', name }))),
      requires: [
        {
          kind: 'fragment',
          type: 'Product',
          selections: ['__typename', 'upc'].map((name) => ({
            kind: 'field',
            name,
            as: name,
            selections: [],
          })),
        },
      ],
      inputRewrites: [],
      outputRewrites: [],
    },
  ],
});

/** Runs a plan; `answers` are taken in order, each for one request. */
async function run(
  plan: PlanNode,
  answers: unknown[],
  variables: Record<string, unknown> = {},
): Promise<{ run: Run; bodies: string[] }> {
  const bodies: string[] = [];
  const compiled = compilePlan(plan, types, {
    callUpstream: async ({ body }) => {
      assert.ok(body instanceof WholeBody);
      bodies.push(Buffer.from(body.bytes).toString());
      const text = JSON.stringify(answers[bodies.length - 1]);
      return {
        status: 200,
        headers: new HeaderFields(),
        body: new WholeBody(text),
        settled: Promise.resolve({ kind: 'complete', bytes: text.length }),
      };
    },
    upstreamOf: (upstream) => ({ upstream, path: '/' }),
    logger: noLogger,
    maxReplyBytes: 10_000,
    errors: { subgraphMessages: false, max: 50 },
  });
  const running: Run = {
    context: testContext(),
    forwarded: [],
    variables,
    data: {},
    loose: [],
    failed: false,
    plain: true,
  };
  await compiled(running);
  return { run: running, bodies };
}

test('equal entities are asked for once, and their answer reaches every place', async () => {
  const places = [1, 2, 1, 1].map((upc) => ({ __typename: 'Product', upc: String(upc) }));
  const { run: ran, bodies } = await run(
    { kind: 'sequence', nodes: [fetchOf('{ list { __typename upc } }'), product([['list']], 'name')] },
    [{ data: { list: places } }, { data: { _entities: [{ name: 'one' }, { name: 'two' }] } }],
  );
  assert.deepEqual(JSON.parse(bodies[1] ?? '').variables, {
    r: [
      { __typename: 'Product', upc: '1' },
      { __typename: 'Product', upc: '2' },
    ],
  });
  assert.deepEqual(
    JSON.stringify(ran.data.list),
    JSON.stringify(places.map((place) => ({ ...place, name: place.upc === '1' ? 'one' : 'two' }))),
  );
});

test('nothing to ask: nothing is sent', async () => {
  const { bodies } = await run(
    { kind: 'sequence', nodes: [fetchOf('{ list { __typename upc } }'), product([['list']], 'name')] },
    [{ data: { list: [null, { __typename: 'Other', upc: '1' }] } }],
  );
  assert.equal(bodies.length, 1);
});

test('places that are written differently later do not share one object', async () => {
  const plan: PlanNode = {
    kind: 'sequence',
    nodes: [
      fetchOf('{ a { __typename upc } b { __typename upc } }'),
      product([['a'], ['b']], 'related { __typename upc }'),
      product([['a', 'related']], 'x: name(upper: true)'),
      product([['b', 'related']], 'x: name'),
    ],
  };
  const entity = { __typename: 'Product', upc: '1' };
  const { run: ran } = await run(plan, [
    { data: { a: entity, b: entity } },
    { data: { _entities: [{ related: [{ __typename: 'Product', upc: '2' }] }] } },
    { data: { _entities: [{ x: 'UPPER' }] } },
    { data: { _entities: [{ x: 'lower' }] } },
  ]);
  const text = JSON.stringify(ran.data);
  assert.match(text, /"a":.*"x":"UPPER".*"b":.*"x":"lower"/);
});

test('variables travel by name; one that was not given is left out', async () => {
  const { bodies } = await run(
    fetchOf('query($a: Int, $b: Int) { f(a: $a, b: $b) }', ['a', 'b', 'constructor']),
    [{ data: { f: 1 } }],
    { a: null },
  );
  assert.equal(bodies[0], '{"query":"query($a: Int, $b: Int) { f(a: $a, b: $b) }","variables":{"a":null}}');
});

test('a condition runs one of its branches', async () => {
  const plan: PlanNode = { kind: 'condition', variable: 'v', ifTrue: fetchOf('{ yes }'), ifFalse: undefined };
  assert.deepEqual((await run(plan, [{ data: { yes: 1 } }], { v: true })).run.data, { yes: 1 });
  assert.equal((await run(plan, [], { v: false })).bodies.length, 0);
});

test('a field that leads back to the root type is filled in its place', async () => {
  const below: FetchNode = { ...fetchOf('{ me { id } }'), path: [{ kind: 'field', name: 'q' }] };
  const { run: ran } = await run({ kind: 'sequence', nodes: [fetchOf('{ q { __typename } }'), below] }, [
    { data: { q: { __typename: 'Query' } } },
    { data: { me: { id: '1' } } },
  ]);
  assert.deepEqual(ran.data, { q: { __typename: 'Query', me: { id: '1' } } });
});
