import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, FrontdeskError } from '../../core/errors.ts';
import { isBackendsError, isLeadersOwn, replaces } from './consequences.ts';

const all: ErrorCode[] = [
  'upstream_timeout',
  'upstream_connect',
  'circuit_open',
  'bulkhead_full',
  'deadline_exceeded',
  'upstream_limited',
  'forbidden',
  'client_closed',
];

function codesFor(says: (error: unknown) => boolean): ErrorCode[] {
  return all.filter((code) => says(new FrontdeskError(code)));
}

test('a backend that failed or cannot be asked lets a stale reply stand in; a limit or a right of the caller does not', () => {
  assert.deepEqual(codesFor(isBackendsError), all.slice(0, 5));
  assert.equal(isBackendsError(new Error('ours')), false);
});

test("the leader's own limits and rights are nobody else's", () => {
  assert.deepEqual(codesFor(isLeadersOwn), ['upstream_limited', 'forbidden']);
  assert.equal(isLeadersOwn(new Error('ours')), false);
});

test('another resource, or none any more, ends a stored reply; what a client may bring about ends only its own', () => {
  const ended = (audience: 'everybody' | 'identity'): number[] =>
    [200, 206, 301, 304, 400, 401, 403, 404, 410, 429, 500, 503].filter((status) =>
      replaces(status, { audience }),
    );
  assert.deepEqual(ended('everybody'), [200, 301, 404, 410]);
  assert.deepEqual(ended('identity'), [200, 301, 401, 403, 404, 410]);
});
