import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOperation } from './plan-documents.ts';

test('the operation and the fragments of a document, wherever they stand in it', () => {
  const read = readOperation('fragment a on T {x} query Q($v: Int) {t(v: $v) {...a}}');
  assert.equal(read?.operation.name?.value, 'Q');
  assert.deepEqual([...(read?.fragments.keys() ?? [])], ['a']);
  assert.equal(read?.document.definitions[1], read?.operation);
});

test('a document without an operation is none', () => {
  assert.equal(readOperation('fragment a on T {x}'), undefined);
});
