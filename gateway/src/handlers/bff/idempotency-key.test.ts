import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { keyOfRequest, readKey } from './idempotency-key.ts';

test('a key is read with its quotes and without', () => {
  const key = '8e03978e-40d5-43dd-bc93-6894a57f9324';
  assert.equal(keyOfRequest(HeaderFields.of({ 'idempotency-key': `"${key}"` })), key);
  assert.equal(keyOfRequest(HeaderFields.of({ 'idempotency-key': key })), key);
  assert.equal(readKey('"a \\"b\\" \\\\"'), 'a "b" \\');
  assert.equal(keyOfRequest(new HeaderFields()), undefined);
});

test('what is no key is refused', () => {
  for (const written of ['', '""', '"open', '"a" ; b=1', 'ä', 'x'.repeat(256), 'a\u0000'])
    assert.throws(() => readKey(written), { code: 'idempotency_key_missing' }, written);
  const twice = new HeaderFields(['idempotency-key', 'a', 'idempotency-key', 'a']);
  assert.throws(() => keyOfRequest(twice), { code: 'idempotency_key_missing' });
});
