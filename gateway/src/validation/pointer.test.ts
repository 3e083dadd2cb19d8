import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeToken, isRecord, pointerKeys, valueAt } from './pointer.ts';

test('the pointers of RFC 6901 §5', () => {
  const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'm~n': 8, '~1': 9 };
  for (const [pointer, value] of [
    ['', document],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/m~0n', 8],
    ['/~01', 9],
    ['/foo/00', undefined],
    ['/toString', undefined],
  ] as const) {
    assert.deepEqual(valueAt(document, pointerKeys(pointer) ?? ['?']), value, pointer);
  }
  assert.equal(pointerKeys('foo'), undefined);
  for (const key of Object.keys(document)) assert.deepEqual(pointerKeys(`/${escapeToken(key)}`), [key]);
  assert.deepEqual([isRecord({}), isRecord([]), isRecord(null)], [true, false, false]);
});
