import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { MemoryLimiter } from '../memory-limiter.ts';
import { runOf } from '../testing/admitted.ts';
import { anyDraws, anyLimit } from '../testing/any-limits.ts';
import { SlidingLog, slidingLogConfig, slidingLogSpec } from './sliding-log.ts';

const parse = (written: object) => slidingLogConfig.parse({ algorithm: 'sliding-log', ...written });

test('exact: no more than the limit in any span of the window, and never fewer than there is room for', () => {
  fc.assert(
    fc.property(anyLimit('sliding-log'), anyDraws(1, 150), (spec, draws) => {
      assert.ok('windowMs' in spec);
      const admitted = runOf(spec, draws);
      for (const { atMs } of admitted) {
        const span = admitted.filter((draw) => draw.atMs <= atMs && draw.atMs > atMs - spec.windowMs);
        assert.ok(span.reduce((sum, draw) => sum + draw.tokens, 0) <= spec.capacity);
      }
    }),
  );
});

test('a key keeps no more entries than its limit, and a few that are to be cut off', () => {
  const spec = slidingLogSpec('x', parse({ limit: 100, window: '1s' }));
  const state = new SlidingLog(spec, 0, 0);
  let most = 0;
  for (let now = 0; now < 50_000; now += 1) {
    state.advance(now);
    if (state.available() >= 1) state.draw(1);
    most = Math.max(most, state.weight);
  }
  assert.ok(most <= 1 + 2 * 100, `${most} entries`);
  state.advance(60_000);
  assert.equal(state.weight, 1, 'nothing is kept of what is over');
});

test('many logs together keep their bound: what forgives least goes', () => {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter({ clock, meter: noMeter, maxWeight: 1000 });
  const spec = slidingLogSpec('x', parse({ limit: 100, window: '1h' }));
  for (let i = 0; i < 10_000; i += 1) {
    clock.advance(1);
    limiter.take([{ spec, key: ['s', `${i % 100}`] }], 1);
    assert.ok(limiter.weight <= 1001, `${limiter.weight}`);
  }
});

test('logs that would keep too much, and windows that are none, are refused', () => {
  for (const written of [
    { limit: 10_001, window: '1m' },
    { limit: 0, window: '1m' },
    { limit: 5, window: '0ms' },
  ]) {
    assert.equal(slidingLogConfig.safeParse({ algorithm: 'sliding-log', ...written }).success, false);
  }
});
