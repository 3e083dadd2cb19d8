import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/manual-clock.ts';
import { hedgeConfig } from './hedge-config.ts';
import { Hedging } from './hedging.ts';

test('the quantile is believed after enough calls, and never gives less than the least', () => {
  const hedging = new Hedging(hedgeConfig.parse({ minSamples: 20, min: '2ms' }), new ManualClock());
  for (let i = 1; i <= 19; i += 1) hedging.latencies.observe(i);
  assert.equal(hedging.delayMs, undefined);
  hedging.latencies.observe(20);
  const { delayMs = 0 } = hedging;
  assert.ok(delayMs >= 19 && delayMs <= 21, `${delayMs}`);
  for (let i = 0; i < 5000; i += 1) hedging.latencies.observe(0.3);
  assert.equal(hedging.delayMs, 2);
});

test('property: second attempts never exceed their share of the calls in a window', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ late: fc.boolean(), afterMs: fc.nat(300) }), { maxLength: 400 }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      fc.nat(3),
      (calls, ratio, min) => {
        const clock = new ManualClock();
        const { budget } = new Hedging(hedgeConfig.parse({ budget: { ratio, min } }), clock);
        const begun: number[] = [];
        const sent: number[] = [];
        for (const { late, afterMs } of calls) {
          clock.advance(afterMs);
          budget.deposit();
          begun.push(clock.now());
          if (late && budget.withdraw()) sent.push(clock.now());
          // The window turns by whole seconds, so up to ten of them and never less than nine are seen.
          const within = (times: number[], ms: number): number =>
            times.filter((at) => at > clock.now() - ms).length;
          assert.ok(within(sent, 9000) <= Math.max(min, ratio * within(begun, 10_000)));
        }
      },
    ),
  );
});
