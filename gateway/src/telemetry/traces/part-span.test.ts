import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Timeline } from '../../core/timeline.ts';
import { partSpan } from './part-span.ts';
import { makeSpan, recordOn, TRACE_ID } from './testing/span.ts';

const OWN = 'a'.repeat(16);

function spanOf(own: string | undefined, failure: unknown) {
  const clock = new ManualClock();
  clock.advance(10);
  const timeline = new Timeline(() => clock.now());
  const recorder = recordOn(timeline, clock);
  const settled = {
    name: 'orders',
    part: { required: true },
    startedAt: 12,
    durationMs: 5,
    ok: failure === undefined,
    partial: false,
    from: undefined,
    reason: failure,
    stopped: false,
    ...(own === undefined ? {} : { context: { trace: { spanId: own } } }),
  };
  const part = { screen: 'home', settled, outcome: undefined, failure: undefined };
  const trace = { traceId: TRACE_ID, spanId: OWN, sampled: true, state: undefined };
  return { span: partSpan(part, recorder, trace, makeSpan()), begun: recorder.startedWallMs };
}

test('a part is told by its screen and name, at its own times', () => {
  const { span, begun } = spanOf('b'.repeat(16), undefined);
  assert.deepEqual([span.name, span.spanId, span.parentId], ['part orders', 'b'.repeat(16), OWN]);
  assert.deepEqual([span.startMs - begun, span.endMs - begun], [2, 7]);
  assert.equal(span.attributes['frontdesk.required'], true);
  assert.equal(span.isError, false);
});

test('a part that failed says by which code', () => {
  const { span } = spanOf(undefined, new FrontdeskError('upstream_timeout'));
  assert.deepEqual([span.isError, span.attributes['error.type']], [true, 'upstream_timeout']);
});

test('a part without a span of its own never takes the request’s', () => {
  assert.notEqual(spanOf(OWN, undefined).span.spanId, OWN);
  assert.notEqual(spanOf(undefined, undefined).span.spanId, OWN);
});
