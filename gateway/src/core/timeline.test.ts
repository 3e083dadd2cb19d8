import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from './manual-clock.ts';
import { Timeline } from './timeline.ts';

test('a span keeps its start and its first end', () => {
  const clock = new ManualClock();
  clock.advance(1_000);
  const timeline = new Timeline(() => clock.now());
  clock.advance(5);
  const span = timeline.begin('users', 'user', 1);
  clock.advance(20);
  timeline.end(span, 'ok');
  clock.advance(20);
  timeline.end(span, 'aborted');
  assert.equal(span.startMs, 5);
  assert.equal(span.endMs, 25);
  assert.equal(span.outcome, 'ok');
  assert.deepEqual(timeline.spans, [span]);
  assert.equal(timeline.elapsedMs(), 45);
});
