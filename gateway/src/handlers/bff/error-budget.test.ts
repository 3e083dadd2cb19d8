import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/manual-clock.ts';
import { ErrorBudget } from './error-budget.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const OBJECTIVE = { availability: 99.5, window: 30 * DAY };

function set() {
  const clock = new ManualClock();
  const budget = new ErrorBudget(OBJECTIVE, clock);
  /** So many a minute for so long, and of each thousand so many bad. */
  const run = (minutes: number, perMinute: number, badPerThousand: number): void => {
    let owed = 0;
    for (let i = 0; i < minutes; i += 1) {
      for (let k = 0; k < perMinute; k += 1) {
        owed += badPerThousand;
        budget.add(owed < 1000);
        if (owed >= 1000) owed -= 1000;
      }
      clock.advance(MINUTE);
    }
  };
  return { clock, budget, run };
}

test('a burn rate of 1 is as much as may go wrong, and what is left of the budget is the rest', () => {
  const { budget, run } = set();
  assert.deepEqual([budget.remaining, budget.burnRate(HOUR), budget.burning], [1, 0, 'none']);
  run(60, 100, 5);
  assert.ok(Math.abs(budget.burnRate(HOUR) - 1) < 0.02, String(budget.burnRate(HOUR)));
  assert.ok(Math.abs(budget.remaining) < 0.02);
  run(60, 100, 0);
  assert.ok(Math.abs(budget.remaining - 0.5) < 0.02, 'a good hour beside a spent one');
});

test('2 % of the budget within an hour burns fast, 5 % within six steadily, 10 % within three days slowly', () => {
  // 14.4, 6 and 1 times what is allowed: 7.2 %, 3 % and 0.5 % of all.
  for (const [badPerThousand, hours, expected] of [
    [76, 2, 'fast'],
    [66, 7, 'steady'],
    [32, 7, 'steady'],
    [28, 72, 'slow'],
    [6, 73, 'slow'],
    [4, 73, 'none'],
  ] as const) {
    const { budget, run } = set();
    run(hours * 60, 20, badPerThousand);
    assert.equal(budget.burning, expected, `${badPerThousand} ‰ for ${hours} h`);
  }
});

test('when it is over the alarm is over, although the long window still remembers', () => {
  const { budget, run } = set();
  run(60, 20, 500);
  assert.equal(budget.burning, 'fast');
  run(6, 20, 0);
  assert.ok(budget.burnRate(HOUR) > 14.4);
  assert.notEqual(budget.burning, 'fast');
});

test('a handful of failures where hardly anybody asks is no alarm', () => {
  const { budget } = set();
  for (let i = 0; i < 4; i += 1) budget.add(false);
  assert.equal(budget.burning, 'none');
  budget.add(false);
  assert.equal(budget.burning, 'fast');
});

test('what is left is never more than all, and is less by each failure', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (events) => {
      const { budget } = set();
      for (const good of events) budget.add(good);
      const before = budget.remaining;
      assert.ok(before <= 1);
      budget.add(false);
      assert.ok(budget.remaining <= before);
    }),
  );
});

test('what is older than the window is forgiven', () => {
  const { clock, budget } = set();
  for (let i = 0; i < 10; i += 1) budget.add(false);
  clock.advance(32 * DAY);
  assert.deepEqual([budget.remaining, budget.counts], [1, { good: 0, bad: 0 }]);
});
