import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody, type Flow } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Settlement } from '../../core/settlement.ts';
import { coded } from '../../core/testing/errors.ts';
import type { UpstreamReply, UpstreamRequest } from '../../core/upstream-call.ts';
import { UpstreamCall } from '../call.ts';
import { context, HandBody, request } from '../testing/harness.ts';
import { timeout } from './timeout.ts';

/** A transport that answers when told to. */
function rig(more: Partial<UpstreamRequest> = {}, deadlineMs?: number) {
  const clock = new ManualClock();
  const caller = context(deadlineMs === undefined ? { clock } : { clock, deadlineMs });
  const call = new UpstreamCall(request({ context: caller, ...more }));
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>();
  let reached = false;
  const head = timeout({ attempt: 100, idle: 40 }, clock)(call, () => {
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

/** The same with a body that is fed by hand, and a backend that takes it as the test says. */
function uploadRig() {
  const body = new HandBody();
  const clock = new ManualClock();
  const call = new UpstreamCall(request({ context: context({ clock }), method: 'POST', body }));
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>();
  const backend = { takes: true, flow: undefined as Flow | undefined };
  const head = timeout({ attempt: 100, idle: 40 }, clock)(call, () => {
    call.running = { abort: reject };
    return promise;
  });
  const begin = (): void => {
    backend.flow = call.body.start({ write: () => backend.takes, end: () => {}, fail: () => {} });
  };
  const answer = (): void =>
    resolve({ status: 200, headers: new HeaderFields(), body: emptyBody, settled: new Settlement().settled });
  return { clock, call, head, body, backend, begin, answer };
}

test('the time of an upload does not count: only what comes after it does', async () => {
  const { clock, head, body, begin } = uploadRig();
  begin();
  for (let i = 0; i < 10; i += 1) {
    clock.advance(90);
    body.sink?.write(Buffer.from('x'));
  }
  body.sink?.end();
  clock.advance(99);
  assert.equal(clock.pending, 1, 'not yet');
  clock.advance(1);
  await assert.rejects(head, coded('upstream_timeout'));
  assert.equal(clock.pending, 0);
});

test('before a streamed body was asked for, the backend’s time runs', async () => {
  const { clock, head } = uploadRig();
  clock.advance(100);
  await assert.rejects(head, coded('upstream_timeout'));
});

test('a backend that takes no more of the body is given up; one that goes on is not', async () => {
  const { clock, head, body, backend, begin } = uploadRig();
  begin();
  backend.takes = false;
  body.sink?.write(Buffer.from('x'));
  clock.advance(39);
  backend.flow?.resume();
  clock.advance(39);
  body.sink?.write(Buffer.from('x'));
  clock.advance(39);
  assert.equal(clock.pending, 1, 'not yet');
  clock.advance(1);
  await assert.rejects(head, coded('upstream_timeout'));
});

test('an early answer ends the watch, and the next attempt has the body as it was', async () => {
  const { clock, head, call, body, begin, answer } = uploadRig();
  begin();
  answer();
  assert.equal((await head).status, 200);
  assert.equal(clock.pending, 0);
  assert.equal(call.body, body);
});
