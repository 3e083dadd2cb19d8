import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runOf } from '../testing/admitted.ts';
import { anyDraws, anyLimit } from '../testing/any-limits.ts';
import { SlidingWindow, slidingWindowConfig, slidingWindowSpec } from './sliding-window.ts';

const parse = (written: object) => slidingWindowConfig.parse({ algorithm: 'sliding-window', ...written });

test('its error is as stated: none in its own windows, in any other span up to the part of the window that is over', () => {
  fc.assert(
    fc.property(anyLimit('sliding-window'), anyDraws(1, 150), (spec, draws) => {
      assert.ok('windowMs' in spec);
      const { capacity, windowMs } = spec;
      const admitted = runOf(spec, draws);
      for (const { atMs } of admitted) {
        const start = Math.floor(atMs / windowMs) * windowMs;
        const since = (fromMs: number) =>
          admitted
            .filter((draw) => draw.atMs >= fromMs && draw.atMs <= atMs)
            .reduce((sum, draw) => sum + draw.tokens, 0);
        assert.ok(since(start) <= capacity);
        const over = (atMs - start) / windowMs;
        assert.ok(since(atMs - windowMs + 1) <= capacity * (1 + over) + 1e-6);
      }
    }),
  );
});

test('requests that come evenly, and twice as many as the limit: no more than it, and about one fewer in each window', () => {
  const spec = slidingWindowSpec('x', parse({ limit: 10, window: '1s' }));
  const state = new SlidingWindow(spec, 0, 0);
  const admitted: number[] = [];
  for (let now = 0; now < 60_000; now += 50) {
    state.advance(now);
    if (state.available() + 1e-9 < 1) continue;
    state.draw(1);
    admitted.push(now);
    assert.ok(admitted.filter((at) => at > now - 1000).length <= 10);
  }
  assert.ok(admitted.length >= 600 - 60, `${admitted.length} of 600`);
});

test('the worst case: a burst at the very end of a window, and what is let in by the end of the next', () => {
  const spec = slidingWindowSpec('x', parse({ limit: 100, window: '1s' }));
  const state = new SlidingWindow(spec, 0, 0);
  state.advance(999);
  state.draw(100);
  let next = 0;
  for (let now = 1000; now < 1999; now += 1) {
    state.advance(now);
    if (state.available() + 1e-9 < 1) continue;
    state.draw(1);
    next += 1;
  }
  assert.equal(next, 99, 'within a second of the burst: just below twice the limit');
});

test('windows that are none are refused', () => {
  for (const written of [
    { limit: 0, window: '1m' },
    { limit: 5, window: '0ms' },
    { limit: 5, window: 60 },
    {},
  ]) {
    assert.equal(slidingWindowConfig.safeParse({ algorithm: 'sliding-window', ...written }).success, false);
  }
});
