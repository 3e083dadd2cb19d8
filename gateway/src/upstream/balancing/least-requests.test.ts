import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leastRequests } from './least-requests.ts';

/** A small generator with a seed, so that a run can be repeated. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('of two, the one with fewer calls in flight for its weight takes the call', () => {
  const idle = { weight: 1, inFlight: 1, available: true };
  const busy = { weight: 1, inFlight: 5, available: true };
  const big = { weight: 10, inFlight: 5, available: true };
  for (let seed = 0; seed < 20; seed += 1) {
    assert.equal(leastRequests(seeded(seed))([idle, busy], undefined), idle);
    assert.equal(leastRequests(seeded(seed))([idle, big], undefined), big);
  }
});

test('property: calls that pile up stay as even as the weights, within a few', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 8 }),
      (seed, weights) => {
        const candidates = weights.map((weight) => ({ weight, inFlight: 0, available: true }));
        const pick = leastRequests(seeded(seed));
        for (let i = 0; i < 200 * candidates.length; i += 1) {
          const picked = pick(candidates, undefined);
          if (picked) picked.inFlight += 1;
        }
        const loads = candidates.map((one) => one.inFlight / one.weight);
        assert.ok(Math.max(...loads) - Math.min(...loads) <= 20, loads.join(' '));
      },
    ),
  );
});

test('property: with equal loads the share follows the weight', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const light = { weight: 1, inFlight: 0, available: true };
      const heavy = { weight: 3, inFlight: 0, available: true };
      const third = { weight: 2, inFlight: 0, available: true };
      const pick = leastRequests(seeded(seed));
      const counts = new Map<unknown, number>();
      for (let i = 0; i < 600; i += 1) {
        const picked = pick([light, heavy, third], undefined);
        counts.set(picked, (counts.get(picked) ?? 0) + 1);
      }
      assert.ok((counts.get(heavy) ?? 0) > (counts.get(third) ?? 0));
      assert.ok((counts.get(third) ?? 0) > (counts.get(light) ?? 0));
    }),
    { numRuns: 20 },
  );
});

test('property: what is unavailable or to be avoided is never picked, and something is when there is something', () => {
  const candidate = fc.record({
    weight: fc.integer({ min: 1, max: 9 }),
    inFlight: fc.nat(5),
    available: fc.boolean(),
  });
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 6 }), fc.nat(5), chance, (candidates, avoidAt, point) => {
      const avoid = candidates[avoidAt];
      const eligible = candidates.filter((one) => one.available && one !== avoid);
      const picked = leastRequests(() => point)(candidates, avoid);
      if (eligible.length === 0) assert.equal(picked, undefined);
      else assert.ok(picked && eligible.includes(picked));
    }),
  );
});
