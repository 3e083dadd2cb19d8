import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { FLOOD_WINDOW_MS, FloodGate } from './flood-gate.ts';

test('of a storm so many are written, and the rest is told once the window is over', () => {
  const clock = new ManualClock();
  const told: unknown[] = [];
  const gate = new FloodGate({ clock, most: 3, onLeftOut: (...about) => void told.push(about) });
  const admitted = (count: number, message: string): number => {
    let lines = 0;
    for (let i = 0; i < count; i += 1) if (gate.admits('warn', message)) lines += 1;
    return lines;
  };
  assert.equal(admitted(1_000, 'gone'), 3);
  assert.equal(admitted(2, 'another'), 2);
  assert.deepEqual(told, []);
  clock.advance(FLOOD_WINDOW_MS);
  assert.deepEqual(told, [['warn', 'gone', 997]]);
  assert.equal(admitted(4, 'gone'), 3);
  clock.advance(2 * FLOOD_WINDOW_MS);
  assert.deepEqual(told[1], ['warn', 'gone', 1]);
  // What comes now and then is never left out.
  for (let i = 0; i < 50; i += 1) {
    assert.equal(admitted(1, 'rare'), 1);
    clock.advance(FLOOD_WINDOW_MS / 2);
  }
  assert.equal(told.length, 2);
});
