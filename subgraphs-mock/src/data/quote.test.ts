import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distanceMeters, pathBetween, quoteFor } from './quote.ts';
import { VEHICLE_CLASSES } from './types.ts';

const place = fc.record({
  latitude: fc.double({ min: 52.3, max: 52.7, noNaN: true }),
  longitude: fc.double({ min: 13.2, max: 13.6, noNaN: true }),
});

test('a dearer class costs more, a better tier less, and never less than nothing', () => {
  fc.assert(
    fc.property(place, place, (from, to) => {
      const fares = VEHICLE_CLASSES.map((one) => quoteFor(from, to, one, undefined).fare.amount);
      assert.deepEqual(
        fares,
        fares.toSorted((a, b) => a - b),
      );
      const gold = quoteFor(from, to, 'COMPACT', 'GOLD');
      assert.equal(gold.discountPercent, 10);
      assert.ok(gold.fare.amount > 0 && gold.fare.amount < (fares[1] ?? 0));
      assert.ok(Number.isInteger(gold.fare.amount));
    }),
  );
});

test('a way leads from its first place to its last', () => {
  const from = { label: 'a', latitude: 52.5, longitude: 13.4 };
  const to = { label: 'b', latitude: 52.6, longitude: 13.5 };
  const path = pathBetween(from, to);
  assert.deepEqual(
    [path[0], path.at(-1)],
    [
      [52.5, 13.4],
      [52.6, 13.5],
    ],
  );
  const meters = path.slice(1).map(([latitude, longitude], i) => {
    const [before = 0, beside = 0] = path[i] ?? [];
    return distanceMeters({ latitude: before, longitude: beside }, { latitude, longitude });
  });
  const sum = meters.reduce((total, part) => total + part, 0);
  assert.ok(Math.abs(sum - distanceMeters(from, to)) < 50, String(sum));
});
