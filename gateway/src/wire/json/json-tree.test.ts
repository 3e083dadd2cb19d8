import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonPath } from './json-path.ts';
import { PathTree } from './json-tree.ts';

const tree = (...paths: string[]): PathTree<string> =>
  PathTree.of(paths.map((path) => [parseJsonPath(path), path] as const));

test('a name of its own goes before *, which holds beside it', () => {
  const both = tree('*.a', 'x.a', 'x.b');
  assert.equal(both.member('x')?.member('a')?.payload, 'x.a');
  assert.equal(both.member('x')?.member('b')?.payload, 'x.b');
  assert.equal(both.member('y')?.member('a')?.payload, '*.a');
  assert.equal(both.member('y')?.member('b'), undefined);
});

test('names go through arrays, * and digits end at their items', () => {
  assert.equal(tree('a').item(3).item(0).member('a')?.payload, 'a');
  assert.equal(tree('*').item(3).payload, '*');
  assert.equal(tree('1').item(1).payload, '1');
  assert.equal(tree('1').item(0).isEmpty, true);
  assert.equal(tree('*.a', '1.b').item(1).member('a')?.payload, '*.a');
});
