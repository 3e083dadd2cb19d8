import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cannotTell, invalidCredentials } from './refusal.ts';

test('bad credentials are 401, those that nobody can check 503 with a time to come again', () => {
  assert.equal(invalidCredentials('x').status, 401);
  const error = cannotTell('x', new Error('y'));
  assert.equal(error.status, 503);
  assert.equal(error.retryAfterS, 1);
});
