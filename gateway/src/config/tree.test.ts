import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyPosition, nodeAt, scalars, textOf } from './tree.ts';
import { readYaml } from './yaml-source.ts';

test('nodes, keys and scalars are found by their paths', () => {
  const { root } = readYaml('f.yaml', 'a:\n  - b: text\n    c: 5\n');
  assert.equal(textOf(nodeAt(root, ['a', 0, 'b'])), 'text');
  assert.equal(textOf(nodeAt(root, ['a', 0, 'c'])), undefined);
  assert.equal(nodeAt(root, ['a', 1, 'b']), undefined);
  assert.deepEqual(keyPosition(root, ['a', 0], 'c'), { file: 'f.yaml', line: 3, column: 5 });
  assert.deepEqual(
    [...scalars(root)].map(([, path]) => path.join('.')),
    ['a.0.b', 'a.0.c'],
  );
});
