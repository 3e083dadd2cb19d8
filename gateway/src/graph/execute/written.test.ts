import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntitiesNode, FetchNode, PlanPath } from '../plan/plan.ts';
import { renameKeys, WrittenTree, writtenKeys } from './written.ts';

const path = (...names: string[]): PlanPath => names.map((name) => ({ kind: 'field', name }));

test('the keys of a document, fragments followed, fields of one key joined', () => {
  const keys = writtenKeys(
    '{ a: f(x: 1) { b ...F } ... on Q { a: f(x: 1) { c } } } fragment F on T { d: g }',
  );
  assert.deepEqual(keys, [
    {
      key: 'a',
      signature: 'f(x: 1)',
      below: [
        { key: 'b', signature: 'b', below: [] },
        { key: 'd', signature: 'g', below: [] },
        { key: 'c', signature: 'c', below: [] },
      ],
    },
  ]);
});

test('rewrites rename keys, joining those that meet', () => {
  const renamed = renameKeys(writtenKeys('{ a { x _1: y } }'), [
    {
      path: [
        { kind: 'key', name: 'a' },
        { kind: 'type', types: ['T'] },
        { kind: 'key', name: '_1' },
      ],
      renameTo: 'x',
    },
  ]);
  assert.deepEqual(renamed[0]?.below, [{ key: 'x', signature: 'x|y', below: [] }]);
});

test('two places conflict where one key is written with different fields or arguments, at any depth', () => {
  const root: FetchNode = {
    kind: 'fetch',
    subgraph: 's',
    operationKind: 'query',
    operation: '{ a { id } b { id } c { id } }',
    operationName: undefined,
    variables: [],
    path: [],
    outputRewrites: [],
  };
  const entities = (operation: string, ...paths: PlanPath[]): EntitiesNode => ({
    ...root,
    kind: 'entities',
    operation: `query($r: [_Any!]!) { _entities(representations: $r) { ... on T { ${operation} } } }`,
    batches: [
      { alias: '_entities', variable: 'r', paths, requires: [], inputRewrites: [], outputRewrites: [] },
    ],
  });
  const tree = WrittenTree.of({
    kind: 'sequence',
    nodes: [
      root,
      entities('list { id }', path('a'), path('b'), path('c')),
      entities('name', path('a', 'list')),
      entities('name: name(upper: true)', path('b', 'list')),
      entities('other', path('c', 'list')),
    ],
  });
  assert.equal(tree.conflicts([path('a'), path('b')]), true);
  assert.equal(tree.conflicts([path('a'), path('c')]), false);
  assert.equal(tree.conflicts([path('a')]), false);
  assert.equal(tree.conflicts([path('a'), path('c'), path('b')]), true);
});
