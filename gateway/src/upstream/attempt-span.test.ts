import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { contextOn } from '../core/testing/exchange.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import { attemptSpan, withAttemptSpans } from './attempt-span.ts';
import { UpstreamCall } from './call.ts';

const never = (): Promise<UpstreamReply> => new Promise(() => {});

function callOf(): UpstreamCall {
  const context = contextOn(new ManualClock());
  const headers = new HeaderFields(['traceparent', 'as the request says']);
  return new UpstreamCall({ upstream: 'users', context, method: 'GET', path: '/', headers, body: emptyBody });
}

function record(call: UpstreamCall): void {
  const ids = ['00000000000000a1', '00000000000000a2'];
  call.context.timeline.recorder = {
    spanId: () => ids.shift() ?? '',
    step() {},
    work() {},
    answerErrors() {},
    event() {},
  };
}

test('a backend is told the attempt’s own span, and that is known as its causer’s child', () => {
  const call = callOf();
  record(call);
  call.span = call.context.timeline.begin('users', undefined, 1);
  void attemptSpan(call, never);
  assert.equal(call.headers.get('traceparent'), `00-${'0'.repeat(32)}-00000000000000a1-00`);
  assert.deepEqual([call.span.parentId, call.span.method], [call.context.trace.spanId, 'GET']);
});

test('an attempt beside another has fields of its own', () => {
  const call = callOf();
  record(call);
  call.span = call.context.timeline.begin('users', undefined, 1);
  void attemptSpan(call, never);
  const hedge = call.copy(2, call.context);
  hedge.hedge = 'another';
  hedge.span = call.context.timeline.begin('users', undefined, 2, true);
  void attemptSpan(hedge, never);
  assert.match(call.headers.get('traceparent') ?? '', /-00000000000000a1-/);
  assert.match(hedge.headers.get('traceparent') ?? '', /-00000000000000a2-/);
});

test('a request that nobody takes down is left as it is', () => {
  const call = callOf();
  call.span = call.context.timeline.begin('users', undefined, 1);
  void attemptSpan(call, never);
  assert.equal(call.headers.get('traceparent'), 'as the request says');
});

test('it stands before the endpoint is picked, so that a refusal has its place too', () => {
  const step = (name: string, isPlugin = false) => ({ name, step: attemptSpan, isPlugin });
  const names = withAttemptSpans([step('hedging'), step('balance', true), step('balance'), step('timeout')]);
  assert.deepEqual(
    names.map(({ name }) => name),
    ['hedging', 'balance', 'attemptSpan', 'balance', 'timeout'],
  );
});
