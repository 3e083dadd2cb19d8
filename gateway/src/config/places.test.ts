import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, placeOf, rememberPlaces, rememberSettings } from './places.ts';
import { readYaml } from './yaml-source.ts';

test('entries of a list know where they are written', () => {
  const { root } = readYaml('f', 'routes:\n  - { a: 1 }\n  - { a: 2 }\n');
  const [first, second] = [{ a: 1 }, { a: 2 }];
  rememberPlaces([first, second], root, ['routes']);
  assert.deepEqual([placeOf(first), placeOf(second), placeOf({ a: 1 })], ['f:2:5', 'f:3:5', undefined]);
});

test('settings know where their keys are written', () => {
  const { root } = readYaml('f', 'a:\n  b: { c: 1 }\n');
  const settings = { c: 1, d: 2 };
  rememberSettings(settings, root, ['a', 'b']);
  assert.deepEqual(faultOf(settings, 'c', 'x'), {
    file: 'f',
    line: 2,
    column: 11,
    path: 'a.b.c',
    message: 'x',
  });
  assert.equal(faultOf(settings, 'd', 'x')?.line, 2);
  assert.equal(faultOf({}, 'c', 'x'), undefined);
});
