import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cannotTell, invalidCredentials, isOutdated, outdatedCredentials } from './refusal.ts';

test('bad credentials are 401, those that nobody can check 503 with a time to come again', () => {
  assert.equal(invalidCredentials('x').status, 401);
  const error = cannotTell('x', new Error('y'));
  assert.equal(error.status, 503);
  assert.equal(error.retryAfterS, 1);
});

test('outdated credentials read as any others do, and are told apart here', () => {
  const [outdated, invalid] = [outdatedCredentials('expired'), invalidCredentials('unknown')];
  assert.deepEqual([outdated.code, outdated.message], [invalid.code, invalid.message]);
  assert.deepEqual([isOutdated(outdated), isOutdated(invalid)], [true, false]);
});
