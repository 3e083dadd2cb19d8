import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LatencyHistogram } from './latency-histogram.ts';

test('property: a quantile is never too low and at most a tenth too high', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.25, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 1000 }),
      fc.constantFrom(0.5, 0.9, 0.95, 0.99),
      (latencies, share) => {
        const histogram = new LatencyHistogram();
        for (const one of latencies) histogram.observe(one);
        const sorted = [...latencies].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(share * sorted.length - 1e-9) - 1] ?? 0;
        const told = histogram.quantile(share);
        assert.ok(told >= exact * 0.999_999 && told <= exact * 1.100_001, `${told} for ${exact}`);
      },
    ),
  );
});

test('property: what is long ago is forgotten', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), (before) => {
      const histogram = new LatencyHistogram();
      for (let i = 0; i < before; i += 1) histogram.observe(1000);
      for (let i = 0; i < 5 * 1024; i += 1) histogram.observe(10);
      assert.ok(histogram.quantile(0.95) <= 11.1);
    }),
    { numRuns: 30 },
  );
});

test('nothing, next to nothing and more than can be told', () => {
  const histogram = new LatencyHistogram();
  assert.equal(histogram.quantile(0.95), 0);
  histogram.observe(0);
  assert.equal(histogram.quantile(0.95), 0.25);
  for (let i = 0; i < 100; i += 1) histogram.observe(1e9);
  assert.ok(histogram.quantile(0.95) > 120_000);
  assert.equal(histogram.observed, 101);
});
