import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { errorList } from './graph-errors.ts';

test('the public word and the code, never the detail', () => {
  const plain = new FrontdeskError('rate_limited', { detail: 'bucket of acme' });
  assert.deepEqual(JSON.parse(errorList(plain)), [
    { message: 'The rate limit is exceeded', extensions: { code: 'RATE_LIMITED' } },
  ]);
  const told = new FrontdeskError('bad_request', { members: { reason: 'The query is missing.' } });
  assert.equal(JSON.parse(errorList(told))[0].message, 'The query is missing.');
});
