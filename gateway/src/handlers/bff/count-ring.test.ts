import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CountRing } from './count-ring.ts';

test('what is counted is there for the span, to a slot, and then it is gone', () => {
  const event = fc.record({ afterMs: fc.integer({ min: 0, max: 700 }), good: fc.boolean() });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.integer({ min: 1, max: 1_000 }), (events, spanMs) => {
      const slotMs = 100;
      const ring = new CountRing(slotMs, 1_000);
      let now = 0;
      const past: { at: number; good: boolean }[] = [];
      for (const { afterMs, good } of events) {
        now += afterMs;
        ring.add(now, good);
        past.push({ at: now, good });
      }
      const { good, bad } = ring.sum(now, spanMs);
      const oldestSlot = Math.floor(now / slotMs) - Math.ceil(spanMs / slotMs);
      const counted = past.filter(({ at }) => Math.floor(at / slotMs) >= oldestSlot);
      assert.deepEqual(
        [good, bad],
        [counted.filter((one) => one.good).length, counted.filter((one) => !one.good).length],
      );
      // Nothing of the span itself is ever left out.
      assert.ok(good + bad >= past.filter(({ at }) => at > now - spanMs).length);
    }),
  );
});

test('a long silence empties it', () => {
  const ring = new CountRing(100, 1_000);
  ring.add(50, true);
  assert.deepEqual(ring.sum(60, 1_000), { good: 1, bad: 0 });
  assert.deepEqual(ring.sum(10_000_000, 1_000), { good: 0, bad: 0 });
  ring.add(10_000_000, false);
  assert.deepEqual(ring.sum(10_000_010, 1_000), { good: 0, bad: 1 });
});
