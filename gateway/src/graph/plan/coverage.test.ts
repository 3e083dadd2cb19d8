import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { composed } from '../testing/composed.fixture.ts';
import { PlanCoverage } from './coverage.ts';
import type { FetchNode, PlanNode } from './plan.ts';

const drawers = await composed({
  office: {
    sdl: `type Query { desk: Desk }
      type Desk @key(fields: "id") { id: ID! drawer: Drawer @shareable }
      type Drawer @shareable { items(of: String): [Item!]! }
      union Item = Pen | Stapler
      type Pen @shareable { ink: String } type Stapler { needles(full: Boolean): Int maker: Maker } type Maker { name: String }`,
  },
  archive: {
    sdl: `type Desk @key(fields: "id") { id: ID! drawer: Drawer @shareable }
      type Drawer @shareable { items(of: String): [Item!]! }
      union Item = Pen | Folder
      type Pen @shareable { ink: String } type Folder { label: String }`,
  },
});
const coverage = new PlanCoverage(parse(drawers.supergraphSdl));

function fetch(subgraph: string, operation: string, variables: string[] = []): FetchNode {
  return {
    kind: 'fetch',
    subgraph,
    operationKind: 'query',
    operation,
    operationName: undefined,
    variables,
    path: [],
    outputRewrites: [],
  };
}

function operationIn(plan: PlanNode | undefined): string {
  assert.equal(plan?.kind, 'fetch');
  return plan.kind === 'fetch' ? plan.operation.replace(/\s+/g, ' ') : '';
}

test('a plan that is whole comes back as it is', () => {
  const query = '{ desk { drawer { items { ... on Pen { ink } ... on Stapler { needles } } } } }';
  const plan = fetch('office', '{desk{drawer{items{__typename ...on Pen{ink} ...on Stapler{needles}}}}}');
  const covered = coverage.complete(query, plan);
  assert.equal(covered.plan, plan);
  assert.equal(covered.missing, undefined);
});

test('a field that the subgraph of the place can tell is added, with its variables and its types', () => {
  const query =
    'query ($full: Boolean) { desk { drawer { items { ... on Pen { ink } ... on Stapler { needles(full: $full) maker { name } } } } } }';
  const plan = fetch('office', '{desk{drawer{items{__typename ...on Pen{ink}}}}}');
  const covered = coverage.complete(query, plan);
  assert.equal(covered.missing, undefined);
  assert.equal(
    operationIn(covered.plan),
    'query ($full: Boolean) { desk { drawer { items { __typename ... on Pen { ink } ' +
      '... on Stapler { needles(full: $full) } ... on Stapler { maker { __typename name } } } } } }',
  );
  assert.deepEqual(covered.plan?.kind === 'fetch' && covered.plan.variables, ['full']);
});

test('a member that the subgraph of the place does not have need not be asked for', () => {
  const query = '{ desk { drawer { items { ... on Folder { label } } } } }';
  const plan = fetch('office', '{desk{drawer{items{__typename}}}}');
  assert.equal(coverage.complete(query, plan).missing, undefined);
});

test('a field that none of the fetches can tell is named, with its place', () => {
  const plan = fetch('office', '{__typename}');
  const covered = coverage.complete('{ desk { id } }', { ...plan, subgraph: 'archive' });
  assert.equal(covered.missing, 'Query.desk at /desk');
  assert.equal(coverage.complete('{ desk { id } }', undefined).missing, 'Query.desk at /desk');
});

test('a fragment of a fetch counts where its type holds', () => {
  const query = '{ desk { drawer { items { ... on Pen { ink } } } } }';
  const named = '{desk{drawer{items{__typename ...a}}}} fragment a on Item {...on Pen{ink}}';
  const whole = fetch('office', named);
  assert.equal(coverage.complete(query, whole).plan, whole);
  const other = '{desk{drawer{items{__typename ...a}}}} fragment a on Item {...on Stapler{needles}}';
  assert.match(operationIn(coverage.complete(query, fetch('office', other)).plan), /on Pen \{ ink \}/);
});

test('keys that a reply gets by a rewrite count under their new name', () => {
  const query = '{ desk { name: id } }';
  const plan: FetchNode = {
    ...fetch('office', '{desk{_internal_1:id}}'),
    outputRewrites: [
      {
        path: [
          { kind: 'key', name: 'desk' },
          { kind: 'key', name: '_internal_1' },
        ],
        renameTo: 'name',
      },
    ],
  };
  assert.equal(coverage.complete(query, plan).plan, plan);
});

test('entity fetches count at their paths, for the types that these name', () => {
  const query = '{ desk { id drawer { items { ... on Pen { ink } } } } }';
  const entities: PlanNode = {
    kind: 'entities',
    subgraph: 'archive',
    operationKind: 'query',
    operation:
      'query($representations:[_Any!]!){_entities(representations:$representations){...on Desk{drawer{items{__typename ...on Pen{ink}}}}}}',
    operationName: undefined,
    variables: [],
    batches: [
      {
        alias: '_entities',
        variable: 'representations',
        paths: [
          [
            { kind: 'field', name: 'desk' },
            { kind: 'type', types: ['Desk'] },
          ],
        ],
        requires: [],
        inputRewrites: [],
        outputRewrites: [],
      },
    ],
  };
  const plan: PlanNode = { kind: 'sequence', nodes: [fetch('office', '{desk{id}}'), entities] };
  assert.equal(coverage.complete(query, plan).plan, plan);
});

test('a key that another member answers with another type is not added beside it', async () => {
  const clash = new PlanCoverage(
    parse(
      (
        await composed({
          a: {
            sdl: 'type Query { one: One } union One = Left | Right type Left { x: Int } type Right { x: String! }',
          },
        })
      ).supergraphSdl,
    ),
  );
  const query = '{ one { ... on Left { x } ... on Right { x } } }';
  assert.equal(
    clash.complete(query, fetch('a', '{one{__typename ...on Left{x}}}')).missing,
    'Right.x at /one/x',
  );
});
