import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/manual-clock.ts';
import { BUDGET_WINDOW_MS, RetryBudget } from './retry-budget.ts';

test('a fifth of the traffic, and a few whatever the traffic is', () => {
  const budget = new RetryBudget({ ratio: 0.2, min: 3 }, new ManualClock());
  assert.deepEqual(
    [1, 2, 3, 4].map(() => budget.withdraw()),
    [true, true, true, false],
  );
  for (let i = 0; i < 100; i += 1) budget.deposit();
  let retries = 3;
  while (budget.withdraw()) retries += 1;
  assert.equal(retries, 20);
});

test('none where it says none', () => {
  const budget = new RetryBudget({ ratio: 0, min: 0 }, new ManualClock());
  budget.deposit();
  assert.equal(budget.withdraw(), false);
});

test('property: in the window that ends now, retries stay within max(min, ratio × first attempts)', () => {
  const step = fc.record({
    action: fc.constantFrom('deposit', 'withdraw'),
    afterMs: fc.integer({ min: 0, max: 1500 }),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(4),
      (steps, ratio, min) => {
        const clock = new ManualClock();
        const budget = new RetryBudget({ ratio, min }, clock);
        const deposits: number[] = [];
        const retries: number[] = [];
        const live = (slices: number[]): number => {
          const current = Math.floor(clock.now() / 1000);
          return slices.filter((slice) => slice > current - BUDGET_WINDOW_MS / 1000).length;
        };
        for (const { action, afterMs } of steps) {
          clock.advance(afterMs);
          const slice = Math.floor(clock.now() / 1000);
          if (action === 'deposit') {
            budget.deposit();
            deposits.push(slice);
            continue;
          }
          const allowance = Math.max(min, Math.floor(ratio * live(deposits)));
          const expected = live(retries) < allowance;
          assert.equal(budget.withdraw(), expected);
          if (expected) retries.push(slice);
        }
      },
    ),
    { numRuns: 300 },
  );
});
