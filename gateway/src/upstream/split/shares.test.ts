import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { hashPair, hashText, pointOf } from '../balancing/stable-hash.ts';
import { configuredShares, sideAt } from './shares.ts';

describe('configured shares', () => {
  test('weights are taken against each other; the first without one has the rest of 100', () => {
    assert.deepEqual(configuredShares([{ weight: 95 }, { weight: 5 }]), [0.95, 0.05]);
    assert.deepEqual(configuredShares([{ weight: 1 }, { weight: 3 }]), [0.25, 0.75]);
    assert.deepEqual(configuredShares([{}, { weight: 20 }]), [0.8, 0.2]);
    assert.deepEqual(configuredShares([{}, {}]), [1, 0]);
    assert.deepEqual(configuredShares([{ weight: 0 }, { weight: 100 }]), [0, 1]);
  });
});

const point = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const part = fc.double({ min: 0, max: 1, noNaN: true });

/** Shares of three sides with room for the second or the third to grow. */
const grown = fc.tuple(part, part, part, fc.constantFrom(1, 2)).map(([a, b, c, side]) => {
  const whole = a + b + c || 1;
  const before = [1 - (a + b) / whole, a / whole, b / whole];
  const more = (before[0] ?? 0) * 0.7;
  const after = before.map((share, i) => (i === 0 ? share - more : i === side ? share + more : share));
  return { before, after, side };
});

describe('sides of points', () => {
  test('a side that grows takes callers from the first alone, and nobody else moves', () => {
    fc.assert(
      fc.property(grown, point, ({ before, after, side }, at) => {
        const was = sideAt(before, at);
        const is = sideAt(after, at);
        if (was !== is) {
          assert.equal(was, 0);
          assert.equal(is, side);
        }
      }),
    );
  });

  test('none gets nobody, all gets everybody', () => {
    fc.assert(
      fc.property(point, (at) => {
        assert.equal(sideAt([1, 0], at), 0);
        assert.equal(sideAt([1, 0, 0], at), 0);
        assert.equal(sideAt([0, 1], at), 1);
        assert.equal(sideAt([0, 0, 1], at), 2);
      }),
    );
  });

  test('each side gets its share of many callers, and splits of other names part them otherwise', () => {
    const shares = [0.7, 0.2, 0.1];
    const callers = 20_000;
    const seen = [0, 0, 0];
    let both = 0;
    const [users, orders] = [hashText('users'), hashText('orders')];
    for (let i = 0; i < callers; i += 1) {
      const key = hashText(`caller-${i}`);
      const one = sideAt(shares, pointOf(hashPair(users, key)));
      const other = sideAt(shares, pointOf(hashPair(orders, key)));
      seen[one] = (seen[one] ?? 0) + 1;
      if (one === 1 && other === 1) both += 1;
    }
    // Five standard deviations of a binomial count.
    for (const [side, share] of shares.entries()) {
      const bound = 5 * Math.sqrt(callers * share * (1 - share));
      assert.ok(Math.abs((seen[side] ?? 0) - callers * share) < bound, `side ${side}: ${seen[side]}`);
    }
    assert.ok(Math.abs(both - callers * 0.04) < 5 * Math.sqrt(callers * 0.04 * 0.96), `both: ${both}`);
  });
});
