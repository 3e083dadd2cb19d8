import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendAt, assignAt, dropTwins, moveAt, relocation } from './json-assign.ts';
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

test('what is appended to each item is a list for each', () => {
  const value = { tags: [{ a: 1 }], items: [{}, { tags: [0] }] };
  assert.deepEqual(appendAt(value, relocate('tags', 'items.tags')), {
    items: [{ tags: [{ a: 1 }] }, { tags: [0, { a: 1 }] }],
  });
});

test('a large part goes to one place, but not to each of very many', () => {
  const large = 'x'.repeat(20_000_000);
  assert.deepEqual(moveAt({ a: large }, relocate('a', 'b')), { b: large });
  assert.throws(() => moveAt({ a: large, b: [{}, {}] }, relocate('a', 'b.c')), RangeError);
  assert.throws(() => appendAt({ a: [large], b: [{}, {}] }, relocate('a', 'b.c')), RangeError);
});

test('twins go in every spelling that a reader may take for the name', () => {
  const value = { 'u\u017fer_id': 1, USER_ID: 2, user_id: 3, userid: 4, '\u212aey': 5 };
  dropTwins(value, parseJsonPath('user_id'));
  dropTwins(value, parseJsonPath('key'));
  assert.deepEqual(value, { userid: 4 });
});
