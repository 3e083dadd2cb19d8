import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { Settlement } from '../core/settlement.ts';
import { coded } from '../core/testing/errors.ts';
import type { UpstreamReply, UpstreamRequest } from '../core/upstream-call.ts';
import { UpstreamCall } from './call.ts';
import { context, request } from './testing/harness.ts';
import { timeout } from './timeout.ts';

/** A transport that answers when told to. */
function rig(more: Partial<UpstreamRequest> = {}, deadlineMs?: number) {
  const clock = new ManualClock();
  const caller = context(deadlineMs === undefined ? { clock } : { clock, deadlineMs });
  const call = new UpstreamCall(request({ context: caller, ...more }));
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>();
  let reached = false;
  const head = timeout(100, clock)(call, () => {
    reached = true;
    call.running = { abort: reject };
    caller.cancellation.onCancel(reject);
    return promise;
  });
  const answer = (): void =>
    resolve({ status: 200, headers: new HeaderFields(), body: emptyBody, settled: new Settlement().settled });
  return { clock, head, answer, reached: () => reached };
}

test('an attempt past its limit is aborted', async () => {
  const { clock, head } = rig();
  clock.advance(99);
  clock.advance(1);
  await assert.rejects(head, coded('upstream_timeout'));
  assert.equal(clock.pending, 0);
});

test('the caller may set another limit', async () => {
  const { clock, head } = rig({ timeoutMs: 20 });
  clock.advance(20);
  await assert.rejects(head, coded('upstream_timeout'));
});

test('a head in time stops the clock', async () => {
  const { clock, head, answer } = rig();
  answer();
  assert.equal((await head).status, 200);
  assert.equal(clock.pending, 0);
});

test('what remains of the deadline cuts the attempt, with the deadline’s own error and timer', async () => {
  const { clock, head } = rig({}, 50);
  assert.equal(clock.pending, 1);
  clock.advance(50);
  await assert.rejects(head, coded('deadline_exceeded'));
});

test('past the deadline nothing is sent', async () => {
  const { head, reached } = rig({}, 0);
  await assert.rejects(head, coded('deadline_exceeded'));
  assert.equal(reached(), false);
});
