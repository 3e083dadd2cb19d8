import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as Apollo from '@apollo/query-planner';
import { OperationTypeNode } from 'graphql';
import { companySupergraph } from '../testing/company.fixture.ts';
import { convertApolloNode, createApolloPlanner } from './plan-apollo.ts';

const FETCH: Apollo.FetchNode = {
  kind: 'Fetch',
  id: '3',
  serviceName: 's',
  operation: 'query($representations:[_Any!]!){_entities(representations:$representations){...on B{x}}}',
  operationName: undefined,
  operationKind: OperationTypeNode.QUERY,
  requires: [
    {
      kind: 'InlineFragment',
      typeCondition: 'B',
      selections: [
        { kind: 'Field', name: '__typename' },
        { kind: 'Field', name: 'price', alias: 'cost' },
      ],
    },
  ],
  inputRewrites: [{ kind: 'ValueSetter', path: ['... on B', '__typename'], setValueTo: 'I' }],
  outputRewrites: [{ kind: 'KeyRenamer', path: ['... on B', 'x__alias_0'], renameKeyTo: 'x' }],
  variableUsages: ['v', 'contextualArgument_1_0'],
  contextRewrites: [
    { kind: 'KeyRenamer', path: ['..', '..', '... on A', 'p', 'q'], renameKeyTo: 'contextualArgument_1_0' },
  ],
};

test('plans, and says what cannot be planned; nothing starts before the first plan', async () => {
  const planner = createApolloPlanner(await companySupergraph());
  const plan = await planner.plan('{ me { reviews { id } } }', undefined);
  assert.equal(plan?.kind, 'sequence');
  await assert.rejects(planner.plan('{ nothing }', undefined), { code: 'invalid_query' });
  planner.close();
});

test('a flattened fetch becomes a fetch of entities: types on its path, rewrites, contexts', () => {
  const node = convertApolloNode(
    { kind: 'Flatten', path: ['|[Query]', 'a', '@', 'b|[B,C]', '@'], node: FETCH },
    [],
    '7.',
  );
  assert.ok(node?.kind === 'entities');
  assert.equal(node.id, '7.3');
  assert.deepEqual(node.variables, ['v']);
  const [batch] = node.batches;
  assert.deepEqual(batch?.paths, [
    [
      { kind: 'type', types: ['Query'] },
      { kind: 'field', name: 'a' },
      { kind: 'field', name: 'b' },
      { kind: 'type', types: ['B', 'C'] },
    ],
  ]);
  assert.deepEqual(batch?.requires, [
    {
      kind: 'fragment',
      type: 'B',
      selections: [
        { kind: 'field', name: '__typename', as: '__typename', selections: [] },
        { kind: 'field', name: 'cost', as: 'cost', selections: [] },
      ],
    },
  ]);
  assert.deepEqual(batch?.inputRewrites, [
    {
      path: [
        { kind: 'type', types: ['B'] },
        { kind: 'key', name: '__typename' },
      ],
      value: 'I',
    },
  ]);
  assert.deepEqual(batch?.outputRewrites, [
    {
      path: [
        { kind: 'type', types: ['B'] },
        { kind: 'key', name: 'x__alias_0' },
      ],
      renameTo: 'x',
    },
  ]);
  assert.deepEqual(batch?.contexts, [
    {
      variable: 'contextualArgument_1_0',
      up: 2,
      path: [
        { kind: 'type', types: ['A'] },
        { kind: 'key', name: 'p' },
        { kind: 'key', name: 'q' },
      ],
    },
  ]);
});

test('deferred parts know the fetches that they wait for', () => {
  const { requires: _, contextRewrites: __, inputRewrites: ___, ...root } = FETCH;
  const node = convertApolloNode(
    {
      kind: 'Defer',
      primary: { node: root },
      deferred: [{ depends: [{ id: '3' }], label: 'd0', queryPath: [] }],
    },
    [],
    '1.',
  );
  assert.ok(node?.kind === 'defer' && node.primary?.kind === 'fetch');
  assert.equal(node.primary.id, '1.3');
  assert.deepEqual(node.deferred, [{ label: 'd0', depends: ['1.3'], node: undefined }]);
});

test('what our plans cannot say is refused', () => {
  const refused = (node: Apollo.PlanNode): void =>
    assert.throws(() => convertApolloNode(node, [], ''), { code: 'invalid_query' });
  refused({ ...FETCH, inputRewrites: [{ kind: 'KeyRenamer', path: ['a'], renameKeyTo: 'b' }] });
  refused({ ...FETCH, outputRewrites: [{ kind: 'ValueSetter', path: ['a'], setValueTo: 'b' }] });
  const { requires: _, ...root } = FETCH;
  refused(root);
  refused({ kind: 'Defer', primary: {}, deferred: [{ depends: [], queryPath: [] }] });
});
