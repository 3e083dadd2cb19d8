import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CountWindow, TimeWindow } from './breaker-window.ts';

const mark = fc.record({ failed: fc.boolean(), slow: fc.boolean() });

test('property: a count window holds exactly the last N calls', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(mark, { maxLength: 60 }), (size, marks) => {
      const window = new CountWindow(size);
      marks.forEach(({ failed, slow }, i) => {
        window.record(failed, slow);
        const last = marks.slice(Math.max(0, i + 1 - size), i + 1);
        assert.equal(window.calls, last.length);
        assert.equal(window.failures, last.filter((one) => one.failed).length);
        assert.equal(window.slow, last.filter((one) => one.slow).length);
      });
    }),
  );
});

test('property: a time window holds the calls of the current tenth and the nine before it', () => {
  const step = fc.record({
    failed: fc.boolean(),
    slow: fc.boolean(),
    afterMs: fc.integer({ min: 0, max: 400 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = 0;
      const window = new TimeWindow(1000, () => now);
      const seen: { slice: number; failed: boolean; slow: boolean }[] = [];
      for (const { failed, slow, afterMs } of steps) {
        now += afterMs;
        window.record(failed, slow);
        const slice = Math.floor(now / 100);
        seen.push({ slice, failed, slow });
        const live = seen.filter((one) => one.slice > slice - 10);
        assert.equal(window.calls, live.length);
        assert.equal(window.failures, live.filter((one) => one.failed).length);
        assert.equal(window.slow, live.filter((one) => one.slow).length);
      }
    }),
  );
});

test('clearing forgets everything', () => {
  for (const window of [new CountWindow(3), new TimeWindow(1000, () => 0)]) {
    window.record(true, true);
    window.clear();
    assert.deepEqual([window.calls, window.failures, window.slow], [0, 0, 0]);
    window.record(true, false);
    assert.deepEqual([window.calls, window.failures, window.slow], [1, 1, 0]);
  }
});
