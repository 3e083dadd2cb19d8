import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldKey } from './field-limits.ts';

test('a key begins with the BFF, then whose it is', () => {
  assert.deepEqual(fieldKey('mobile', ['acme', 'u1', 'Home.dear']), [
    'bff.mobile.field',
    'acme',
    'u1',
    'Home.dear',
  ]);
});
