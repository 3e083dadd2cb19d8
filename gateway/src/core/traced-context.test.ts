import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from './manual-clock.ts';
import { contextOn } from './testing/exchange.ts';
import type { TraceRecorder } from './trace-recorder.ts';
import { contextUnder, spanUnder } from './traced-context.ts';

const recorder: TraceRecorder = {
  spanId: () => '00000000000000ab',
  step() {},
  work() {},
  answerErrors() {},
  event() {},
};

test('without a recorder a context and its position stay what they are', () => {
  const context = contextOn(new ManualClock());
  assert.equal(contextUnder(context), context);
  assert.equal(spanUnder(context.trace, context.timeline), context.trace);
});

test('with one, whatever is done in the context hangs below a span of its own, of the same trace', () => {
  const context = contextOn(new ManualClock());
  context.timeline.recorder = recorder;
  const under = contextUnder(context);
  assert.deepEqual(under.trace, { ...context.trace, spanId: '00000000000000ab' });
  assert.equal(under.timeline, context.timeline);
  assert.equal(under.cancellation, context.cancellation);
  assert.equal(under.deadline, context.deadline);
});

test('an attempt gets the id of its span when it begins, and none where nobody takes it down', () => {
  const { timeline } = contextOn(new ManualClock());
  assert.equal('spanId' in timeline.begin('users', undefined, 1), false);
  timeline.recorder = recorder;
  assert.equal(timeline.begin('users', undefined, 2).spanId, '00000000000000ab');
});
