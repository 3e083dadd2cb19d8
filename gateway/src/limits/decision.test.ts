import assert from 'node:assert/strict';
import { test } from 'node:test';
import { affords, toldDecision, turnMs, wholeTokens } from './decision.ts';

const spec = { name: 'p', capacity: 5, refillPerMs: 0.01 };
const leaky = { ...spec, algorithm: 'leaky-bucket' } as const;

test('fractions that sums lost do not refuse, and are no tokens', () => {
  assert.ok(affords(1 - 1e-12, 1));
  assert.ok(!affords(0.999, 1));
  assert.equal(wholeTokens(3 - 1e-12), 3);
  assert.equal(wholeTokens(-4), 0);
});

test('a decision of a store: refusals say when, admissions do not, and what never fits is never worth a retry', () => {
  const told = { available: 2.5, resetMs: 250, retryAfterMs: 50 };
  assert.deepEqual(toldDecision(spec, 3, false, told), {
    spec,
    allowed: false,
    remaining: 2,
    resetMs: 250,
    retryAfterMs: 50,
    waitMs: 0,
  });
  assert.equal(toldDecision(spec, 1, true, told).retryAfterMs, 0);
  assert.equal(toldDecision(spec, 6, false, told).retryAfterMs, Number.POSITIVE_INFINITY);
});

test('in a leaky bucket who drew waits for those before, who asked does not', () => {
  assert.equal(turnMs(leaky, 4, 1), 0);
  assert.equal(turnMs(leaky, 1, 1), 300);
  assert.equal(turnMs(leaky, 1, 0), 0);
  assert.equal(toldDecision(leaky, 1, true, { available: 1, resetMs: 1, retryAfterMs: 0 }).waitMs, 300);
});
