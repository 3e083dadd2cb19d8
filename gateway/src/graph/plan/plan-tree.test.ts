import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, parse } from 'graphql';
import { shapeOperation } from '../answer/shape.ts';
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

const [operation] = parse('{ me { id } }').definitions;
assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
const schema = buildSchema('type Query { me: User } type User { id: ID }');
const shape = shapeOperation(schema, operation, new Set());
const treeOf = (node: Parameters<typeof planTree>[0]) => planTree(node, shape);

test('every kind of node has its picture', () => {
  const users = { kind: 'fetch', subgraph: 'users', operation: '{me{id}}', paths: [], objects: 1 };
  const orders = {
    kind: 'entities',
    subgraph: 'orders',
    operation: '{me{id}}',
    paths: ['me[User]'],
    objects: 1,
  };
  assert.equal(treeOf(undefined), null);
  assert.deepEqual(treeOf({ kind: 'sequence', nodes: [fetch, { kind: 'parallel', nodes: [entities] }] }), {
    kind: 'sequence',
    nodes: [users, { kind: 'parallel', nodes: [orders] }],
  });
  assert.deepEqual(treeOf({ kind: 'condition', variable: 'a', ifTrue: fetch, ifFalse: undefined }), {
    kind: 'condition',
    variable: 'a',
    ifTrue: users,
    ifFalse: null,
  });
  assert.deepEqual(
    treeOf({ kind: 'defer', primary: fetch, deferred: [{ label: 'l', depends: [], node: entities }] }),
    { kind: 'defer', primary: users, deferred: [{ label: 'l', node: orders }] },
  );
  assert.deepEqual(treeOf({ kind: 'subscription', primary: fetch, rest: entities }), {
    kind: 'subscription',
    primary: users,
    rest: orders,
  });
});
