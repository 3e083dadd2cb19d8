import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../core/manual-clock.ts';
import { LogTable } from './log-table.ts';

test('of each key the newest, in order, page by page; nothing goes missing unnoticed', () => {
  const write = fc.record({ key: fc.integer({ min: 0, max: 12 }), waitMs: fc.integer({ min: 0, max: 40 }) });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 60 }), fc.nat(60), (writes, readAfter) => {
      const clock = new ManualClock();
      const table = new LogTable({ keepMs: 200, maxEntries: 8, pageEntries: 3 }, clock);
      let position = 0;
      const newest = new Map<string, number>();
      const missed = new Map<string, number>();
      writes.forEach(({ key, waitMs }, i) => {
        clock.advance(waitMs);
        const { number } = table.write(`${key}`, `${i}`);
        assert.ok(number >= clock.wall());
        newest.set(`${key}`, number);
        if (i < readAfter) position = number;
        else missed.set(`${key}`, number);
      });
      const seen = new Map<string, number>();
      let complete = true;
      for (let at = position, isLast = false; !isLast; ) {
        const page = table.since(at);
        complete &&= page.complete;
        assert.ok(page.entries.length <= 3);
        for (const { number, key } of page.entries) {
          assert.ok(number > at);
          assert.equal(number, newest.get(key));
          seen.set(key, number);
          at = number;
        }
        isLast = page.isLast;
      }
      if (complete) assert.deepEqual([...seen].sort(), [...missed].sort());
      assert.ok(seen.size <= 8);
    }),
  );
});

test('who was told of more than there is has missed something', () => {
  const table = new LogTable({ keepMs: 1000, maxEntries: 8, pageEntries: 8 }, new ManualClock());
  assert.equal(table.since(0).complete, true);
  assert.equal(table.since(7).complete, false);
});
