import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import {
  addLatencies,
  LatencyCounter,
  NO_LATENCIES,
  quantileMs,
  rangeMs,
  rangeOf,
} from './latency-counts.ts';

function counted(times: readonly number[]) {
  const counter = new LatencyCounter();
  for (const ms of times) counter.add(ms);
  return counter.counts;
}

const times = fc.array(fc.double({ min: 0, max: 200_000, noNaN: true }), { maxLength: 60 });

it('adds up as if one process had counted all, in any order and grouping', () => {
  fc.assert(
    fc.property(times, times, times, (a, b, c) => {
      const [x, y, z] = [counted(a), counted(b), counted(c)];
      assert.deepEqual(addLatencies(addLatencies(x, y), z), counted([...a, ...b, ...c]));
      assert.deepEqual(addLatencies(x, addLatencies(y, z)), addLatencies(addLatencies(z, x), y));
    }),
  );
});

it('gives percentiles within a twentieth of the true ones', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.2, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.95, 0.99),
      (all, share) => {
        const sorted = all.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(sorted.length * share) - 1] ?? assert.fail();
        const told = quantileMs(counted(all), share) ?? assert.fail();
        assert.ok(Math.abs(told - exact) <= exact * 0.05, `${told} for ${exact}`);
      },
    ),
  );
});

it('has a range for every time, and nothing to say of nothing', () => {
  for (const ms of [Number.NaN, -1, 0, 0.01]) assert.equal(rangeOf(ms), 0);
  assert.equal(rangeOf(Number.POSITIVE_INFINITY), 160);
  assert.ok(rangeMs(0) < rangeMs(1));
  assert.equal(quantileMs(NO_LATENCIES, 0.5), undefined);
  assert.equal(quantileMs(counted([7]), 0.99), 7);
});
