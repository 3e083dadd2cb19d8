import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from './manual-clock.ts';

test('timers fire in the order of their instants, each at its own', () => {
  const clock = new ManualClock();
  const fired: string[] = [];
  clock.after(30, () => fired.push(`c at ${clock.now()}`));
  clock.after(10, () => {
    fired.push(`a at ${clock.now()}`);
    clock.after(5, () => fired.push(`b at ${clock.now()}`));
  });
  const cancel = clock.after(20, () => fired.push('never'));
  cancel();
  clock.advance(29);
  assert.deepEqual(fired, ['a at 10', 'b at 15']);
  assert.equal(clock.now(), 29);
  clock.advance(1);
  assert.deepEqual(fired, ['a at 10', 'b at 15', 'c at 30']);
  assert.equal(clock.pending, 0);
});

test('wall time moves with it', () => {
  const clock = new ManualClock(1_000);
  clock.advance(5);
  assert.equal(clock.wall(), 1_005);
});
