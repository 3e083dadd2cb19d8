import assert from 'node:assert/strict';
import { test } from 'node:test';
import { twoChoices } from './two-choices.ts';

const candidate = (cost: number, weight = 1) => ({ cost, weight, inFlight: 0, available: true });

test('of the two that chance draws, the cheaper; of two alike, the first drawn', () => {
  const all = [candidate(3), candidate(1), candidate(2)];
  const draws = [0, 0.9];
  const pick = twoChoices<(typeof all)[number]>(
    () => draws.shift() ?? 0,
    ({ cost }) => cost,
  );
  assert.equal(pick(all, undefined), all[2], 'the first and the last were drawn');
  const alike = [candidate(1), candidate(1)];
  draws.push(0.6, 0);
  assert.equal(pick(alike, undefined), alike[1]);
});

test('where costs are alike the shares are the weights, also with fractions', () => {
  const all = [candidate(0, 0.1), candidate(0, 1), candidate(0, 2)];
  let i = 0;
  const pick = twoChoices<(typeof all)[number]>(
    () => ((i++ * 7919) % 10_000) / 10_000,
    ({ cost }) => cost,
  );
  const counts = new Map<unknown, number>();
  for (let call = 0; call < 10_000; call += 1) {
    const picked = pick(all, undefined);
    counts.set(picked, (counts.get(picked) ?? 0) + 1);
  }
  for (const one of all) {
    assert.ok(Math.abs((counts.get(one) ?? 0) / 10_000 - one.weight / 3.1) < 0.02, `${one.weight}`);
  }
});
