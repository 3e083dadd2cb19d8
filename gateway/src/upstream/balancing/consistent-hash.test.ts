import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { consistentHash } from './consistent-hash.ts';
import { hashText } from './stable-hash.ts';

interface Place {
  readonly name: string;
  readonly hash: number;
  readonly latencyMs: number;
  weight: number;
  inFlight: number;
  available: boolean;
}

function place(name: string, weight = 1, more: Partial<Place> = {}): Place {
  return {
    name,
    hash: hashText(`http://${name}`),
    latencyMs: 0,
    weight,
    inFlight: 0,
    available: true,
    ...more,
  };
}

const KEYS = Array.from({ length: 4000 }, (_, i) => hashText(`user-${i}`));
const unbounded = consistentHash(Number.POSITIVE_INFINITY, () => 0);

function places(count: number): Place[] {
  return Array.from({ length: count }, (_, i) => place(`10.0.0.${i}:8080`));
}

function goes(among: readonly Place[]): (string | undefined)[] {
  return KEYS.map((key) => unbounded(among, undefined, key)?.name);
}

describe('where keys go', () => {
  test('property: an endpoint that goes takes its own keys along and moves no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(11), (count, which) => {
        const all = places(count);
        const [gone] = all.slice(which % count);
        const before = goes(all);
        const after = goes(all.filter((one) => one !== gone));
        let moved = 0;
        for (const [i, name] of before.entries()) {
          if (name === gone?.name) moved += 1;
          else assert.equal(after[i], name);
        }
        assert.ok(moved <= (KEYS.length / count) * 1.3, `${moved} of ${KEYS.length} by ${count}`);
      }),
      { numRuns: 20 },
    );
  });

  test('property: weights are respected, and a weight that grows takes keys from others and gives none away', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 6 }), (weights) => {
        const all = weights.map((weight, i) => place(`b${i}:1`, weight));
        const before = goes(all);
        const total = weights.reduce((sum, one) => sum + one, 0);
        for (const { name, weight } of all) {
          const got = before.filter((one) => one === name).length / KEYS.length;
          assert.ok(Math.abs(got - weight / total) < 0.06, `${name}: ${got} for ${weight} of ${total}`);
        }
        const [first] = all;
        if (!first) return;
        first.weight += 3;
        const after = goes(all);
        for (const [i, name] of before.entries()) {
          if (after[i] !== name) assert.equal(after[i], first.name);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('what is unavailable or to be avoided is passed over, and its keys come back to it', () => {
    const all = places(5);
    const before = goes(all);
    const [ill] = all;
    assert.ok(ill);
    ill.available = false;
    assert.ok(!goes(all).includes(ill.name));
    ill.available = true;
    assert.deepEqual(goes(all), before);
    for (const key of KEYS.slice(0, 50)) assert.notEqual(unbounded(all, ill, key), ill);
    assert.equal(unbounded([{ ...ill, available: false }], undefined, 1), undefined);
  });

  test('calls without a key go to the least busy', () => {
    const [busy, idle] = [place('a:1', 1, { inFlight: 9 }), place('b:1')];
    assert.equal(unbounded([busy, idle], undefined, undefined), idle);
  });
});

test('property: no one is given more than its bounded share, somebody always has room, and a free first choice is kept', () => {
  const one = fc.record({
    weight: fc.integer({ min: 1, max: 4 }),
    available: fc.boolean(),
    inFlight: fc.nat(6),
  });
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(1, 1.1, 1.25, 2),
      fc.array(fc.nat(3), { maxLength: 60 }),
      (given, load, keys) => {
        const all = given.map(({ weight, available, inFlight }, i) =>
          place(`b${i}:1`, weight, { available, inFlight }),
        );
        const pick = consistentHash(load, () => 0);
        for (const key of keys) {
          const open = all.filter(({ available }) => available);
          const weights = open.reduce((sum, { weight }) => sum + weight, 0);
          const calls = open.reduce((sum, { inFlight }) => sum + inFlight, 0);
          const bound = ({ weight }: Place): number =>
            Math.ceil((load * (calls + 1) * weight) / weights - 1e-9);
          const picked = pick(all, undefined, hashText(String(key)));
          if (open.length === 0) {
            assert.equal(picked, undefined);
            continue;
          }
          assert.ok(picked?.available);
          assert.ok(picked.inFlight < bound(picked) + 1e-9);
          const favourite = unbounded(all, undefined, hashText(String(key)));
          if (favourite && favourite.inFlight < bound(favourite)) assert.equal(picked, favourite);
          picked.inFlight += 1;
        }
      },
    ),
  );
});

test('a key that everybody asks for spills over in the same order everywhere', () => {
  const all = places(4);
  const pick = consistentHash(1.25, () => 0);
  const key = hashText('the one that everybody wants');
  const order: (string | undefined)[] = [];
  for (let i = 0; i < 40; i += 1) {
    const picked = pick(all, undefined, key);
    if (picked) picked.inFlight += 1;
    if (!order.includes(picked?.name)) order.push(picked?.name);
  }
  assert.equal(order.length, 4);
  assert.ok(Math.max(...all.map(({ inFlight }) => inFlight)) <= Math.ceil((1.25 * 40) / 4));
  const elsewhere = places(4).reverse();
  assert.equal(pick(elsewhere, undefined, key)?.name, order[0]);
});
