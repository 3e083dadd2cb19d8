import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, FrontdeskError, toFrontdeskError, withErrorFields } from './errors.ts';

test('the table is well formed', () => {
  for (const [code, row] of Object.entries(ERRORS)) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/);
    assert.ok(row.status >= 400 && row.status < 600, code);
    assert.doesNotMatch(row.title, /[.!]$/, code);
  }
});

test('an error shows the public title as its message and keeps the detail apart', () => {
  const cause = new Error('ECONNREFUSED 10.0.0.1');
  const error = new FrontdeskError('upstream_connect', {
    detail: 'users at 10.0.0.1',
    cause,
    retryAfterS: 3,
  });
  assert.equal(error.message, ERRORS.upstream_connect.title);
  assert.equal(error.status, 502);
  assert.equal(error.retryable, true);
  assert.equal(error.detail, 'users at 10.0.0.1');
  assert.equal(error.cause, cause);
  assert.equal(error.retryAfterS, 3);
});

test('whatever is thrown becomes one of ours without showing its text', () => {
  const known = new FrontdeskError('not_found');
  assert.equal(toFrontdeskError(known), known);
  const unknown = toFrontdeskError(new TypeError('secret place'));
  assert.equal(unknown.code, 'internal');
  assert.doesNotMatch(unknown.message, /secret/);
  assert.match(unknown.detail ?? '', /TypeError: secret place/);
  assert.equal(toFrontdeskError('text').detail, 'text');
});

test('an error keeps what it is with further fields', () => {
  const cause = new Error('x');
  const known = new FrontdeskError('rate_limited', {
    detail: 'd',
    cause,
    retryAfterS: 3,
    headers: [['ratelimit', 'r']],
    members: { a: 1 },
  });
  const more = withErrorFields(known, [['vary', 'Origin']]);
  assert.deepEqual(more.headers, [
    ['ratelimit', 'r'],
    ['vary', 'Origin'],
  ]);
  assert.deepEqual([more.code, more.detail, more.cause, more.retryAfterS], ['rate_limited', 'd', cause, 3]);
  assert.deepEqual(more.members, { a: 1 });
  assert.equal(withErrorFields(known, []), known);
  assert.equal(withErrorFields('text', [['vary', 'Origin']]).code, 'internal');
});

test('an error with a status and a title of its own keeps them with further fields', () => {
  class Teapot extends FrontdeskError {
    override get status(): number {
      return 418;
    }
    override get retryable(): boolean {
      return true;
    }
  }
  const known = new Teapot('bad_request');
  known.message = 'I am a teapot';
  const more = withErrorFields(known, [['ratelimit', 'r']]);
  assert.deepEqual([more.status, more.retryable, more.message], [418, true, 'I am a teapot']);
});
