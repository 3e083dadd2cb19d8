import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonPath } from './json-path.ts';
import { dropNamed, keepNamed, renameNamed } from './json-select.ts';
import { PathTree } from './json-tree.ts';

const named = (...paths: string[]): PathTree<true> =>
  PathTree.of(paths.map((path) => [parseJsonPath(path), true] as const));

test('the value that is given stays as it is', () => {
  const value = { a: [{ b: 1, c: 2 }] };
  keepNamed(value, named('a.b'));
  dropNamed(value, named('a.b'));
  renameNamed(value, PathTree.of([[['a', 'b'], 'x']]));
  assert.deepEqual(value, { a: [{ b: 1, c: 2 }] });
});

test('items of nested arrays are reached', () => {
  assert.deepEqual(keepNamed([[{ a: 1, b: 2 }], 3], named('a')), [[{ a: 1 }]]);
  assert.deepEqual(dropNamed([[{ a: 1, b: 2 }], 3], named('a')), [[{ b: 2 }], 3]);
  assert.deepEqual(renameNamed([[{ a: 1 }]], PathTree.of([[['a'], 'z']])), [[{ z: 1 }]]);
});
