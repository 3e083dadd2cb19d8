import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteRange } from './byte-range.ts';

test('RFC 9110 §14.1.2: first and last, from a place on, the last so many', () => {
  assert.deepEqual(byteRange('bytes=0-1', 10), { first: 0, last: 1 });
  assert.deepEqual(byteRange('bytes=4-', 10), { first: 4, last: 9 });
  assert.deepEqual(byteRange('bytes=4-100', 10), { first: 4, last: 9 });
  assert.deepEqual(byteRange('Bytes=-3', 10), { first: 7, last: 9 });
  assert.deepEqual(byteRange('bytes=-30', 10), { first: 0, last: 9 });
});

test('RFC 9110 §14.2: beyond the end is unsatisfiable; what is no single range is ignored', () => {
  assert.equal(byteRange('bytes=10-', 10), 'unsatisfiable');
  assert.equal(byteRange('bytes=-0', 10), 'unsatisfiable');
  assert.equal(byteRange('bytes=-1', 0), 'unsatisfiable');
  for (const text of ['bytes=0-1,3-4', 'bytes=-', 'bytes=5-4', 'lines=0-1', 'bytes=a-b', '']) {
    assert.equal(byteRange(text, 10), undefined, text);
  }
});
