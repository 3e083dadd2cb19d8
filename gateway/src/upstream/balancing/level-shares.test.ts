import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type LevelHealth, levelShares } from './level-shares.ts';

const level = (healthy: number, total = 100, usable = healthy): LevelHealth => ({ total, healthy, usable });

function shares(levels: readonly LevelHealth[]): number[] {
  return levelShares(levels, 1.4, 0.5).map(({ share }) => Math.round(share * 100));
}

describe('the table of Envoy’s documentation (overprovisioning factor 1.4)', () => {
  for (const [first, second, expected] of [
    [100, 100, [100, 0]],
    [72, 72, [100, 0]],
    [71, 71, [99, 1]],
    [50, 50, [70, 30]],
    [25, 100, [35, 65]],
    [0, 100, [0, 100]],
    [5, 65, [7, 91]],
  ] as const) {
    test(`${first} % and ${second} % healthy`, () => {
      const got = shares([level(first), level(second)]);
      const sum = first * 1.4 + second * 1.4;
      if (sum >= 100) assert.deepEqual(got, expected);
      else for (const [i, share] of got.entries()) assert.ok(Math.abs(share - (expected[i] ?? 0)) <= 2);
    });
  }
});

describe('panic', () => {
  test('alone, with less than half healthy', () => {
    assert.deepEqual(levelShares([level(49)], 1.4, 0.5), [{ share: 1, panic: true }]);
    assert.deepEqual(levelShares([level(50)], 1.4, 0.5), [{ share: 1, panic: false }]);
    assert.deepEqual(levelShares([level(0)], 1.4, 0), [{ share: 1, panic: false }], 'switched off');
  });

  test('not while the others can carry all', () => {
    assert.deepEqual(
      levelShares([level(10), level(100)], 1.4, 0.5).map(({ panic }) => panic),
      [false, false],
    );
  });

  test('where all panic, every endpoint counts the same', () => {
    assert.deepEqual(
      levelShares([level(0, 10), level(0, 30)], 1.4, 0.5).map(({ share }) => share),
      [0.25, 0.75],
    );
  });

  test('an open breaker takes calls away, but is no reason to doubt what is said of health', () => {
    const [one] = levelShares([level(100, 100, 10)], 1.4, 0.5);
    assert.deepEqual(one, { share: 1, panic: false });
    assert.deepEqual(shares([level(100, 100, 0), level(100)]), [0, 100]);
  });
});

test('property: the shares are 1 together; who has nothing usable gets nothing unless all panic; health draws calls', () => {
  const one = fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.nat(20), fc.nat(20))
    .map(([total, healthy, usable]) =>
      level(Math.min(healthy, total), total, Math.min(usable, healthy, total)),
    );
  const factors = fc.tuple(
    fc.double({ min: 1, max: 3, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), factors, (levels, [spill, panicBelow]) => {
      const got = levelShares(levels, spill, panicBelow);
      const sum = got.reduce((all, { share }) => all + share, 0);
      assert.ok(Math.abs(sum - 1) < 1e-9, String(sum));
      for (const { share } of got) assert.ok(share >= 0 && share <= 1);
      const nobody = levels.every(({ usable }) => usable === 0);
      if (!nobody && !got.every(({ panic }) => panic)) {
        for (const [i, { usable }] of levels.entries()) if (usable === 0) assert.equal(got[i]?.share, 0);
      }
      const [first] = levels;
      if (!first || first.usable === first.total || got.some(({ panic }) => panic)) return;
      const better = [level(first.total, first.total), ...levels.slice(1)];
      assert.ok((levelShares(better, spill, panicBelow)[0]?.share ?? 0) >= (got[0]?.share ?? 0) - 1e-9);
    }),
  );
});
