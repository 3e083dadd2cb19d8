import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PERIOD_MS, windowMs, windowSpec } from './window-config.ts';

test('a window is whole milliseconds, a year at most', () => {
  assert.equal(windowMs.parse('1.5ms'), 2);
  assert.equal(windowMs.parse('366d'), 366 * PERIOD_MS.day);
  for (const text of ['0ms', '0.5ms', '367d', '60']) assert.equal(windowMs.safeParse(text).success, false);
});

test('its rate over a long time is its limit by its length', () => {
  assert.equal(windowSpec('x', 100, 1000).refillPerMs, 0.1);
});
