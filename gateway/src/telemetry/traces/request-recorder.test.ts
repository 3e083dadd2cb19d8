import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import type { SettledPart } from '../../core/request-trace.ts';
import { Timeline } from '../../core/timeline.ts';
import { outcomeOf, type RecordedPart } from './request-recorder.ts';
import { recordOn } from './testing/span.ts';

function recording() {
  const clock = new ManualClock();
  return recordOn(new Timeline(() => clock.now()), clock);
}

const settled = (more: Partial<SettledPart> = {}): SettledPart => ({
  name: 'orders',
  part: { required: false },
  startedAt: 0,
  durationMs: 1,
  ok: true,
  partial: false,
  from: undefined,
  reason: undefined,
  stopped: false,
  ...more,
});
const part = (more: Partial<SettledPart>, outcome?: RecordedPart['outcome']): RecordedPart => ({
  screen: 'home',
  settled: settled(more),
  outcome,
  failure: undefined,
});

test('whatever a request does, what is kept of it is bounded, and what is left out is counted', () => {
  const recorder = recording();
  for (let i = 0; i < 1_000; i += 1) {
    recorder.step('validate');
    recorder.work({ name: 'w', spanId: '1', parentId: '0', startMs: 0, endMs: 1 });
    recorder.screen('home').settled(settled({ name: `p${i}` }));
    recorder.screen('home').waited('a', 'b', 0, 1);
  }
  assert.deepEqual(
    [recorder.steps.length, recorder.works?.length, recorder.parts?.length, recorder.waits?.length],
    [64, 500, 500, 500],
  );
  assert.equal(recorder.omitted, 1_000);
  assert.equal(recorder.size, 1 + 64 + 500 + 500);
});

test('a part is what its screen made of it, or else what it settled as', () => {
  assert.equal(outcomeOf(part({})), 'ok');
  assert.equal(outcomeOf(part({ partial: true })), 'partial');
  assert.equal(outcomeOf(part({ from: 'stale' })), 'stale');
  assert.equal(outcomeOf(part({ ok: false })), 'failed');
  assert.equal(outcomeOf(part({ ok: false, stopped: true })), 'stopped');
  assert.equal(outcomeOf(part({}, 'failed')), 'failed');
});

test('a request has failed when its answer tells of errors, or a part failed', () => {
  const fine = recording();
  fine.screen('home').settled(settled());
  assert.equal(fine.hasFailed, false);
  fine.screen('home').ended('orders', 'failed', new Error('shape'));
  assert.equal(fine.hasFailed, true);
  const told = recording();
  told.answerErrors(1);
  assert.equal(told.hasFailed, true);
});
