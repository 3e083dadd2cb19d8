import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { isIdempotentMethod, UpstreamCall } from './call.ts';
import { systemContext } from './outgoing/system-context.ts';

const context = systemContext({ clock: new ManualClock(), deadlineMs: 1000 });
const base = { upstream: 'users', context, path: '/', headers: new HeaderFields(), body: emptyBody };

test('RFC 9110 §9.2.2: which methods are idempotent', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
    assert.ok(isIdempotentMethod(method), method);
  for (const method of ['POST', 'PATCH', 'CONNECT', 'get']) assert.ok(!isIdempotentMethod(method), method);
});

test('the caller may say that a POST is idempotent, or a GET is not', () => {
  assert.equal(new UpstreamCall({ ...base, method: 'POST', idempotent: true }).idempotent, true);
  assert.equal(new UpstreamCall({ ...base, method: 'GET', idempotent: false }).idempotent, false);
  assert.equal(new UpstreamCall({ ...base, method: 'POST' }).idempotent, false);
});

test('the next attempt is an object of its own with nothing of the last attempt but its number and place', () => {
  const first = new UpstreamCall({ ...base, method: 'GET', timeoutMs: 7, label: 'part' });
  first.sent = true;
  first.connectionReused = true;
  const second = first.again();
  assert.equal(second.attempt, 2);
  assert.equal(second.sent, false);
  assert.equal(second.connectionReused, false);
  assert.equal(second.timeoutMs, 7);
  assert.equal(second.label, 'part');
  assert.equal(first.attempt, 1);
});
