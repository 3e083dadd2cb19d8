import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';

test('a timer fires once and may be called off', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Timers of the clock keep no process alive; this test's own does.
  const keepAlive = setInterval(() => {}, 1_000);
  let calledOff = false;
  const cancel = systemClock.after(1, () => {
    calledOff = true;
  });
  cancel();
  const before = systemClock.now();
  systemClock.after(5, resolve);
  await promise;
  clearInterval(keepAlive);
  assert.ok(systemClock.now() > before);
  assert.equal(calledOff, false);
});
