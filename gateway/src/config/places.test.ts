import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf, rememberPlaces } from './places.ts';
import { readYaml } from './yaml-source.ts';

test('entries of a list know where they are written', () => {
  const { root } = readYaml('f', 'routes:\n  - { a: 1 }\n  - { a: 2 }\n');
  const [first, second] = [{ a: 1 }, { a: 2 }];
  rememberPlaces([first, second], root, ['routes']);
  assert.deepEqual([placeOf(first), placeOf(second), placeOf({ a: 1 })], ['f:2:5', 'f:3:5', undefined]);
});
