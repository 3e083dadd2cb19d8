import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { allAllowed } from './decision.ts';
import { EpochClock } from './epoch-clock.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { limitConfig, limitSpec } from './plans/limit-config.ts';

const HOUR_MS = 3_600_000;

/** A clock whose wall may be set, as an operator or NTP does. */
function settable() {
  const steady = new ManualClock();
  let setBy = 0;
  const clock = {
    now: () => steady.now(),
    wall: () => steady.wall() + setBy,
    after: steady.after.bind(steady),
  };
  return {
    clock,
    steady,
    set: (byMs: number) => {
      setBy += byMs;
    },
  };
}

test('J140: a gateway whose clock is set an hour on or back admits as before', () => {
  for (const byMs of [HOUR_MS, -HOUR_MS]) {
    for (const config of [
      { capacity: 2, refill: '2/h' },
      { algorithm: 'leaky-bucket', rate: '1/h', queue: 1, maxWait: '1m' },
      { algorithm: 'sliding-window', limit: 2, window: '30m' },
      { algorithm: 'sliding-log', limit: 2, window: '30m' },
      { algorithm: 'fixed-window', limit: 2, window: '30m' },
    ]) {
      const { clock, set } = settable();
      const limiter = new MemoryLimiter({ clock, meter: noMeter });
      const check = { spec: limitSpec('x', limitConfig.parse(config)), key: ['k'] };
      while (allAllowed(limiter.take([check], 1)));
      set(byMs);
      assert.ok(!allAllowed(limiter.take([check], 1)), JSON.stringify(config));
    }
  }
});

test('windows of the calendar follow the wall clock, and only they', () => {
  const { clock, steady, set } = settable();
  const epoch = new EpochClock(clock);
  const day = limitSpec('d', limitConfig.parse({ algorithm: 'fixed-window', limit: 1, window: 'day' }));
  const other = limitSpec('d', limitConfig.parse({ algorithm: 'fixed-window', limit: 1, window: '1d' }));
  assert.equal(epoch.now(), steady.wall());
  set(5000);
  assert.equal(epoch.of(other, epoch.now()), steady.wall());
  assert.equal(epoch.of(day, epoch.now()), steady.wall() + 5000);
});
