import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { roundRobin } from './round-robin.ts';

const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

test('property: in every run as long as the weights together, each gets exactly its weight', () => {
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 4 }), (given, rounds) => {
      const candidates = given.map((weight) => ({ weight, inFlight: 0, available: true }));
      const pick = roundRobin();
      const total = given.reduce((sum, weight) => sum + weight, 0);
      for (let round = 0; round < rounds; round += 1) {
        const counts = new Map<unknown, number>();
        for (let i = 0; i < total; i += 1) {
          const picked = pick(candidates, undefined);
          counts.set(picked, (counts.get(picked) ?? 0) + 1);
        }
        for (const candidate of candidates) assert.equal(counts.get(candidate), candidate.weight);
      }
    }),
  );
});

test('weights are spread out, not served in bursts', () => {
  const candidates = [5, 1, 1].map((weight, i) => ({ weight, inFlight: 0, available: true, i }));
  const pick = roundRobin();
  const order = Array.from({ length: 7 }, () => pick(candidates, undefined)?.i);
  assert.deepEqual(order, [0, 0, 1, 0, 2, 0, 0]);
});

test('property: what is unavailable or to be avoided is never picked, and something is when there is something', () => {
  const candidate = fc.record({
    weight: fc.integer({ min: 1, max: 9 }),
    inFlight: fc.constant(0),
    available: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(candidate, { maxLength: 6 }),
      fc.nat(5),
      fc.nat(20),
      (candidates, avoidAt, picks) => {
        const pick = roundRobin();
        const avoid = candidates[avoidAt];
        const eligible = candidates.filter((one) => one.available && one !== avoid);
        for (let i = 0; i <= picks; i += 1) {
          const picked = pick(candidates, avoid);
          if (eligible.length === 0) assert.equal(picked, undefined);
          else assert.ok(picked && eligible.includes(picked));
        }
      },
    ),
  );
});
