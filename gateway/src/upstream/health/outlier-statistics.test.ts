import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { failureOutliers, type Sample, successRateOutliers } from './outlier-statistics.ts';

const RULES = { minimumHosts: 5, minimumCalls: 100, deviations: 1.9 };
const sample = (failures: number, calls = 100): Sample => ({ calls, failures });

test('one of six that fails far more often than the others stands out', () => {
  const ill = sample(60);
  const all = [sample(1), sample(0), ill, sample(2), sample(0), sample(1)];
  assert.deepEqual(successRateOutliers(all, RULES), [ill]);
});

test('where all fail alike nobody stands out, however much it is', () => {
  assert.deepEqual(
    successRateOutliers(
      [60, 61, 59, 60, 62, 58].map((failures) => sample(failures)),
      { ...RULES, deviations: 2 },
    ),
    [],
  );
});

test('too few endpoints, or too few calls of one, compare nothing', () => {
  const five = [0, 0, 0, 0, 90].map((failures) => sample(failures));
  assert.equal(successRateOutliers(five, RULES).length, 1);
  assert.deepEqual(successRateOutliers(five.slice(1), RULES), []);
  assert.deepEqual(successRateOutliers([...five.slice(1), sample(0, 99)], RULES), []);
});

test('a percentage judges each for itself', () => {
  const rules = { minimumHosts: 2, minimumCalls: 50, threshold: 85 };
  const ill = sample(85);
  assert.deepEqual(failureOutliers([ill, sample(84)], rules), [ill]);
  assert.deepEqual(failureOutliers([ill, sample(0, 49)], rules), [], 'only one has enough calls');
});

test('property: never all at once, never one that does better than another that stays', () => {
  const one = fc
    .tuple(fc.integer({ min: 1, max: 300 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([calls, rate]) => sample(Math.floor(calls * rate), calls));
  const rules = { minimumHosts: 2, minimumCalls: 10, deviations: 1 };
  fc.assert(
    fc.property(fc.array(one, { maxLength: 20 }), (all) => {
      const out = successRateOutliers(all, rules);
      const counted = all.filter(({ calls }) => calls >= rules.minimumCalls);
      if (counted.length > 0) assert.ok(out.length < counted.length);
      const rate = ({ calls, failures }: Sample): number => failures / calls;
      for (const gone of out) {
        for (const stays of counted) if (!out.includes(stays)) assert.ok(rate(gone) > rate(stays));
      }
    }),
  );
});
