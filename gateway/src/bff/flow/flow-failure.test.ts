import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { BackendStatusError, GrpcStatusError } from '../backend-failure.ts';
import { failureOf, flowError, isDefinite, refuse } from './flow-failure.ts';

const status = (code: number) => new BackendStatusError('bank', 'POST /x', code, 7);
const grpc = (name: string) => new GrpcStatusError('d', '/x', { code: 1, name, message: 'm' });

test('a refusal keeps its words through the journal', () => {
  const error = refuse({ status: 402, title: 'The card was declined', members: { decline: 'limit' } });
  const stored = JSON.parse(JSON.stringify(failureOf(error)));
  const told = flowError({ code: 'flow_refused', ...stored }, 'for the log');
  assert.deepEqual(
    [told.status, told.message, told.members, told.detail],
    [402, 'The card was declined', { decline: 'limit' }, 'for the log'],
  );
  assert.equal(refuse().status, 422);
  assert.throws(() => refuse({ status: 500 }), RangeError);
});

test("what is the caller's fault stays so, anything else is the flow's", () => {
  assert.deepEqual(failureOf(status(409)), { code: 'flow_refused', status: 409 });
  for (const code of [400, 401, 403, 500, 503])
    assert.equal(failureOf(status(code)).code, 'flow_failed', `${code}`);
  assert.deepEqual(failureOf(new FrontdeskError('upstream_connect', { retryAfterS: 3 })), {
    code: 'flow_failed',
    retryAfterS: 3,
  });
  assert.equal(failureOf(new FrontdeskError('rate_limited')).status, 429);
  assert.equal(failureOf(new FrontdeskError('client_closed')).code, 'flow_failed');
  assert.equal(failureOf(new TypeError('x')).code, 'flow_failed');
});

test('a backend that says no did nothing; one that breaks off may have', () => {
  for (const error of [status(402), status(404), grpc('ALREADY_EXISTS'), refuse()])
    assert.equal(isDefinite(error), true);
  for (const error of [
    status(408),
    status(429),
    status(500),
    grpc('UNAVAILABLE'),
    grpc('DEADLINE_EXCEEDED'),
    new Error('x'),
  ])
    assert.equal(isDefinite(error), false);
});
