import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runOf } from '../testing/admitted.ts';
import { anyDraws, anyLimit } from '../testing/any-limits.ts';
import { FixedWindow, fixedWindowConfig, fixedWindowSpec, windowEnd } from './fixed-window.ts';

const config = (written: object) => fixedWindowConfig.parse({ algorithm: 'fixed-window', ...written });
const month = fixedWindowSpec('quota', config({ limit: 3, window: 'month' }));

test('no more than the limit in any window, and no more than twice of it in any span of its length', () => {
  fc.assert(
    fc.property(anyLimit('fixed-window'), anyDraws(1, 150), (spec, draws) => {
      assert.ok('windowMs' in spec);
      const admitted = runOf(spec, draws);
      const windows = new Map<number, number>();
      for (const { atMs, tokens } of admitted) {
        const window = Math.floor(atMs / spec.windowMs);
        windows.set(window, (windows.get(window) ?? 0) + tokens);
        const span = admitted.filter((draw) => draw.atMs <= atMs && draw.atMs > atMs - spec.windowMs);
        assert.ok(span.reduce((sum, draw) => sum + draw.tokens, 0) <= 2 * spec.capacity);
      }
      for (const sum of windows.values()) assert.ok(sum <= spec.capacity);
    }),
  );
});

test('days and months are those of the calendar, in UTC', () => {
  const at = Date.UTC(2024, 1, 29, 23, 59, 59, 999);
  assert.equal(windowEnd(month, at), Date.UTC(2024, 2, 1));
  assert.equal(windowEnd(month, at + 1), Date.UTC(2024, 3, 1));
  const day = fixedWindowSpec('quota', config({ limit: 3, window: 'day' }));
  assert.equal(windowEnd(day, at), Date.UTC(2024, 2, 1));
  assert.equal(windowEnd(fixedWindowSpec('x', config({ limit: 3, window: '10s' })), 12_345), 20_000);
});

test('a month is used up until it ends, whatever day that is', () => {
  const start = Date.UTC(2024, 1, 10);
  const state = new FixedWindow(month, 3, windowEnd(month, start), start);
  state.advance(Date.UTC(2024, 1, 29, 23));
  assert.equal(state.available(), 0);
  assert.equal(state.decision(1, false).retryAfterMs, 3_600_000);
  state.advance(Date.UTC(2024, 2, 1));
  assert.equal(state.available(), 3);
});

test('windows that are none are refused', () => {
  for (const written of [
    { limit: 0, window: 'day' },
    { limit: -1, window: 'day' },
    { limit: Number.NaN, window: 'day' },
    { limit: 5, window: '0s' },
    { limit: 5, window: 'fortnight' },
    { limit: 5, window: '400d' },
    { limit: 5 },
  ]) {
    assert.equal(fixedWindowConfig.safeParse({ algorithm: 'fixed-window', ...written }).success, false);
  }
});
