import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { beginningOf, stepAt } from './schedule.ts';

const steps = [{ weight: 0.01, for: 100 }, { weight: 0.1, for: 50 }, { weight: 1 }];

test('each step holds from its beginning until the next begins', () => {
  assert.deepEqual(stepAt(steps, -30), { index: -1, nextInMs: 30 });
  assert.deepEqual(stepAt(steps, 0), { index: 0, nextInMs: 100 });
  assert.deepEqual(stepAt(steps, 99), { index: 0, nextInMs: 1 });
  assert.deepEqual(stepAt(steps, 100), { index: 1, nextInMs: 50 });
  assert.deepEqual(stepAt(steps, 150), { index: 2, nextInMs: undefined });
  assert.deepEqual(stepAt(steps, 1e9), { index: 2, nextInMs: undefined });
});

test('a step is found at its own beginning, and time only goes forward through them', () => {
  const durations = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(durations, fc.nat(90_000), fc.nat(10_000), (times, at, more) => {
      const made = [...times.map((ms) => ({ weight: 0.5, for: ms })), { weight: 1 }];
      for (const index of made.keys()) assert.equal(stepAt(made, beginningOf(made, index)).index, index);
      assert.ok(stepAt(made, at + more).index >= stepAt(made, at).index);
      const { index, nextInMs } = stepAt(made, at);
      if (nextInMs !== undefined) assert.equal(stepAt(made, at + nextInMs).index, index + 1);
    }),
  );
});
