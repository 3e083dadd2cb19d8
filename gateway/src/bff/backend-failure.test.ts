import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { BackendStatusError } from './backend-failure.ts';

it('is an error of ours that keeps the status for parts and tells clients nothing of it', () => {
  const error = new BackendStatusError('users', 'GET /users/{id}', 404);
  assert.ok(error instanceof FrontdeskError);
  assert.equal(error.backendStatus, 404);
  assert.equal(error.status, 502);
  assert.equal(error.retryAfterS, undefined);
  assert.deepEqual(error.members, {});
  assert.doesNotMatch(error.message, /users|404/);
});
