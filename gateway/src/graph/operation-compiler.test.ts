import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Kind, parse } from 'graphql';
import { noLogger } from '../core/log.ts';
import { graphConfig } from './config.ts';
import { Authorization } from './document/authorization.ts';
import { fragmentsOf } from './document/document.ts';
import type { CompiledOperation } from './operation-compiler.ts';
import { OperationCompiler } from './operation-compiler.ts';
import { loadSupergraph, type Supergraph } from './supergraph/supergraph.ts';
import { companySupergraph } from './testing/company.fixture.ts';

let supergraph: Supergraph;
before(async () => {
  supergraph = await loadSupergraph(await companySupergraph());
});
after(() => supergraph.planner.close());

function compile(query: string, how: 'whole' | 'deferring' = 'whole'): Promise<CompiledOperation> {
  const config = graphConfig.parse({ supergraph: 'x' });
  const authorization = new Authorization(supergraph.schema, supergraph.rules, config.authorization);
  const fetch = {
    callUpstream: () => Promise.reject(new Error('nobody is asked here')),
    upstreamOf: (name: string) => ({ upstream: name, path: '/' }),
    logger: noLogger,
    maxReplyBytes: 1000,
    errors: { subgraphMessages: false, max: 50 },
  };
  const compiler = new OperationCompiler(supergraph, authorization, fetch, 20);
  const document = parse(query);
  const [operation] = document.definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const access = authorization.access(authorization.guards(document), 'trusted');
  return compiler[how]({ operation, fragments: fragmentsOf(document) }, {}, access, []);
}

test('a mutation is planned field by field, one after another', async () => {
  const { plan } = await compile(
    'mutation { a: rename(id: 1, name: "x") { address { zip } } b: rename(id: 2, name: "y") { address { zip } } }',
  );
  assert.ok(plan?.kind === 'sequence');
  assert.deepEqual(
    plan.nodes.map(({ kind }) => kind),
    ['sequence', 'sequence'],
  );
});

test('what is deferred is left out of the shape of the answer, where it is worth a payload', async () => {
  const keys = ({ shape }: CompiledOperation) =>
    shape.byType
      .get('Query')
      ?.map(({ value }) =>
        value.kind === 'object' ? value.selection.byType.get('User')?.map(({ key }) => key) : [],
      );
  const query = '{ me { id ... @defer { reviews { id } } } }';
  const whole = await compile(query);
  assert.deepEqual([whole.deferred.length, keys(whole)], [0, [['id', 'reviews']]]);
  const deferring = await compile(query, 'deferring');
  assert.deepEqual([deferring.deferred.length, keys(deferring)], [1, [['id']]]);
  const nothing = await compile(
    '{ me { id ... @defer { name } address { ... @defer { street } } } }',
    'deferring',
  );
  assert.ok(nothing.deferred.length <= 1);
});

test('what needs no fetch has no plan', async () => {
  const compiled = await compile('{ __schema { queryType { name } } }');
  assert.equal(compiled.plan, undefined);
  assert.equal(compiled.run, undefined);
  assert.ok(compiled.introspection);
});
