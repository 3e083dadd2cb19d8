import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntitiesNode, FetchNode } from './plan.ts';
import { planTree } from './plan-tree.ts';

const fetch: FetchNode = {
  kind: 'fetch',
  subgraph: 'users',
  operationKind: 'query',
  operation: '{me{id}}',
  operationName: undefined,
  variables: [],
  path: [],
  outputRewrites: [],
};
const entities: EntitiesNode = {
  ...fetch,
  kind: 'entities',
  subgraph: 'orders',
  batches: [
    {
      alias: '_e0',
      variable: 'r',
      paths: [
        [
          { kind: 'field', name: 'me' },
          { kind: 'type', types: ['User'] },
        ],
      ],
      requires: [],
      inputRewrites: [],
      outputRewrites: [],
    },
  ],
};

test('every kind of node has its picture', () => {
  const users = { kind: 'fetch', subgraph: 'users', operation: '{me{id}}', paths: [] };
  const orders = { kind: 'entities', subgraph: 'orders', operation: '{me{id}}', paths: ['me[User]'] };
  assert.equal(planTree(undefined), null);
  assert.deepEqual(planTree({ kind: 'sequence', nodes: [fetch, { kind: 'parallel', nodes: [entities] }] }), {
    kind: 'sequence',
    nodes: [users, { kind: 'parallel', nodes: [orders] }],
  });
  assert.deepEqual(planTree({ kind: 'condition', variable: 'a', ifTrue: fetch, ifFalse: undefined }), {
    kind: 'condition',
    variable: 'a',
    ifTrue: users,
    ifFalse: null,
  });
  assert.deepEqual(
    planTree({ kind: 'defer', primary: fetch, deferred: [{ label: 'l', depends: [], node: entities }] }),
    { kind: 'defer', primary: users, deferred: [{ label: 'l', node: orders }] },
  );
  assert.deepEqual(planTree({ kind: 'subscription', primary: fetch, rest: entities }), {
    kind: 'subscription',
    primary: users,
    rest: orders,
  });
});
