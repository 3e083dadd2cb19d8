import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendAt, assignAt, moveAt, relocation } from './json-assign.ts';
import { parseJsonPath } from './json-path.ts';

const relocate = (from: string, to: string) => relocation(parseJsonPath(from), parseJsonPath(to));

test('objects on the way are made, but none for marks and digits', () => {
  const set = (value: unknown, path: string): unknown => assignAt(value, parseJsonPath(path), () => 1, true);
  assert.deepEqual(set(undefined, 'a.b'), { a: { b: 1 } });
  assert.deepEqual(set({}, 'a.*'), {});
  assert.deepEqual(set({ a: [] }, 'a.0'), { a: [] });
  assert.deepEqual(set({ a: [0, {}, [{}]] }, 'a.b'), { a: [0, { b: 1 }, [{ b: 1 }]] });
});

test('items are moved by their place', () => {
  assert.deepEqual(moveAt({ a: [1, 2] }, relocate('a.0', 'first')), { a: [2], first: 1 });
  assert.deepEqual(moveAt({ a: [{ b: 1 }, { b: 2 }] }, relocate('a.1.b', 'a.1.c')), {
    a: [{ b: 1 }, { c: 2 }],
  });
  assert.deepEqual(moveAt([{ a: 1 }, 2], relocate('a', 'b')), [{ b: 1 }, 2]);
});

test('what is moved to each item is a value for each', () => {
  const value = moveAt({ tag: { a: 1 }, items: [{}, {}] }, relocate('tag', 'items.tag'));
  assert.deepEqual(value, { items: [{ tag: { a: 1 } }, { tag: { a: 1 } }] });
});

test('a value that is no list counts as a list of one', () => {
  assert.deepEqual(appendAt({ a: 1, b: 2 }, relocate('a', 'b')), { b: [2, 1] });
  assert.deepEqual(appendAt({ b: 2 }, relocate('a', 'b')), { b: 2 });
});
