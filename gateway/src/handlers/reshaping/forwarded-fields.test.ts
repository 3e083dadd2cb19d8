import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { forwardedFields } from './forwarded-fields.ts';

test('the configured fields, each as often as it came, and nothing else', () => {
  const headers = new HeaderFields(['a', '1', 'cookie', 'x', 'b', '2', 'a', '3']);
  assert.deepEqual(forwardedFields(headers, ['b', 'a', 'c']), ['b', '2', 'a', '1', 'a', '3']);
  assert.equal(forwardedFields(headers, []), undefined);
});
