import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import {
  durationMs,
  fieldName,
  httpUrl,
  name,
  ratePerMs,
  scopes,
  sendBufferBytes,
  sizeBytes,
} from './settings.ts';

function messageOf(schema: z.ZodType, value: unknown): string {
  const result = schema.safeParse(value);
  assert.equal(result.success, false, `${String(value)} was taken`);
  return result.error.issues.map((issue) => issue.message).join('; ');
}

test('each word parses into its unit', () => {
  assert.equal(durationMs.parse('1.5s'), 1_500);
  assert.equal(ratePerMs.parse('60/min'), 0.001);
  assert.equal(sizeBytes.parse('256KiB'), 262_144);
  assert.equal(sizeBytes.parse('1.5 MiB'), 1_572_864);
  assert.equal(httpUrl.parse('https://a.example/x?y'), 'https://a.example/x?y');
  assert.equal(name.parse('users-v2'), 'users-v2');
  assert.equal(fieldName.parse('X-Api-Key'), 'x-api-key');
  assert.deepEqual(scopes.parse(undefined), []);
});

test('each says what was expected and what came', () => {
  assert.match(messageOf(durationMs, 5), /expected a duration such as 250ms/);
  assert.match(messageOf(durationMs, '5'), /250ms.*not "5"/);
  assert.match(messageOf(ratePerMs, '0/s'), /expected a rate/);
  assert.match(messageOf(sendBufferBytes, '63KiB'), /expected 64KiB at least/);
  assert.match(messageOf(sizeBytes, '10MB'), /expected a size such as 256KiB or 1MiB, not "10MB"/);
  for (const url of ['ftp://a', 'http://u:p@a', 'http://a/#f', '/x', '']) {
    assert.match(messageOf(httpUrl, url), /expected an http/, url);
  }
  assert.match(messageOf(name, '1st'), /expected a name/);
  assert.match(messageOf(fieldName, 'x y'), /expected an HTTP header name/);
});
