import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { beginningOfClass, SideWindow } from './side-window.ts';

describe('the window of a side', () => {
  test('holds what the last calls were, and forgets them a tenth at a time', () => {
    const window = new SideWindow(1000);
    window.add(0, true, undefined);
    window.add(50, false, 12);
    window.add(950, false, 12);
    assert.deepEqual([window.calls, window.failures], [3, 1]);
    window.advance(1000);
    assert.deepEqual([window.calls, window.failures], [1, 0]);
    window.advance(5000);
    assert.equal(window.calls, 0);
    assert.ok(window.latencies.every((count) => count === 0));
  });

  test('a latency is kept in a class that it lies in', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100_000, noNaN: true }), (ms) => {
        const window = new SideWindow(1000);
        window.add(0, false, ms);
        const at = window.latencies.indexOf(1);
        assert.ok(beginningOfClass(at) <= ms * 1.000001 && ms <= beginningOfClass(at + 1) * 1.000001);
      }),
    );
  });

  test('against a list of all calls: never more than the window, never less than nine tenths of it', () => {
    const calls = fc.array(fc.tuple(fc.nat(400), fc.boolean(), fc.nat(500)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(calls, (made) => {
        const window = new SideWindow(1000);
        let now = 0;
        const all: { at: number; failed: boolean }[] = [];
        for (const [later, failed, latency] of made) {
          now += later;
          window.add(now, failed, latency);
          all.push({ at: now, failed });
          const within = (ms: number): number => all.filter(({ at }) => at > now - ms).length;
          assert.ok(window.calls <= within(1000) && window.calls >= within(900));
          assert.ok(window.failures <= all.filter((one) => one.failed).length);
          const answered = window.latencies.reduce((sum, count) => sum + count, 0);
          assert.equal(answered, window.calls - window.failures);
        }
      }),
    );
  });
});
