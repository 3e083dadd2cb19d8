import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { Timeline, type UpstreamSpan } from '../../core/timeline.ts';
import { attemptSpan } from './attempt-span.ts';
import { recordOn, TRACE_ID } from './testing/span.ts';

function spanOf(change: (call: UpstreamSpan) => void, attempt = 1, hedge = false) {
  const clock = new ManualClock();
  const timeline = new Timeline(() => clock.now());
  const recorder = recordOn(timeline, clock);
  const call = timeline.begin('users', '/users/*', attempt, hedge);
  call.endMs = 2;
  change(call);
  const trace = { traceId: TRACE_ID, spanId: 'a'.repeat(16), sampled: true, state: undefined };
  return attemptSpan(call, { ids: new Set(), trace, recorder, totalMs: 9 });
}

test('an endpoint is an address and a port, of IPv6 too', () => {
  const of = (endpoint: string) => {
    const { attributes } = spanOf((call) => {
      call.endpoint = endpoint;
    });
    return [attributes['server.address'], attributes['server.port']];
  };
  assert.deepEqual(of('users.internal:8080'), ['users.internal', 8080]);
  assert.deepEqual(of('[::1]:80'), ['::1', 80]);
  assert.deepEqual(of('/run/users.sock'), ['/run/users.sock', undefined]);
});

test('what is an error is as the conventions say of clients: from 400 on, or what kept an answer from coming', () => {
  const of = (outcome: string | undefined, status?: number) => {
    const { isError, attributes } = spanOf((call) => {
      call.outcome = outcome;
      call.status = status;
      if (outcome === undefined) call.endMs = undefined;
    });
    return [isError, attributes['error.type']];
  };
  assert.deepEqual(of('ok', 200), [false, undefined]);
  assert.deepEqual(of('ok', 404), [true, '404']);
  assert.deepEqual(of('status', 503), [true, '503']);
  // A gRPC call that failed behind a head of 200.
  assert.deepEqual(of('status', 200), [true, 'status']);
  assert.deepEqual(of('upstream_timeout'), [true, 'upstream_timeout']);
  for (const fine of ['cached', 'stale', 'shared', 'aborted', 'hedged', undefined])
    assert.equal(of(fine)[0], false, fine);
});

test('which try it was is told, and whether it ran beside another', () => {
  const { attributes } = spanOf(() => {}, 3, true);
  assert.deepEqual([attributes['http.request.resend_count'], attributes['frontdesk.hedge']], [2, true]);
});

test('one that was still under way when the request was over ends with it', () => {
  const span = spanOf((call) => {
    call.endMs = undefined;
  });
  assert.equal(span.endMs - span.startMs, 9);
});
