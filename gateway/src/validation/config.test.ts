import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateConfig } from './config.ts';

test('a document or schemas, not both', () => {
  const document = validateConfig.parse({ openapi: 'a.yaml' });
  assert.ok('openapi' in document);
  const { unknown, response, path, patterns, maxResponse } = document;
  assert.deepEqual(
    [unknown, response, path, patterns, maxResponse],
    ['refuse', 'off', 'backend', 'linear', 1024 * 1024],
  );
  assert.ok(validateConfig.safeParse({ body: { type: 'object' } }).success);
  assert.ok(
    validateConfig.safeParse({ body: 'a.json', contentTypes: ['application/json', 'text/*'] }).success,
  );
  for (const wrong of [
    { openapi: 'a', body: {} },
    { body: 1 },
    { contentTypes: ['json'] },
    { contentTypes: ['*/*x'] },
    { openapi: '' },
  ]) {
    assert.ok(!validateConfig.safeParse(wrong).success, JSON.stringify(wrong));
  }
});
