/**
 * The experiments in their short form: a second or so of each phase, a few requests a second. What is counted must hold; what
 * depends on the pace of the machine is only told. `npm run chaos -w test` has the long form.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { conduct, EXPERIMENTS } from './catalogue.ts';
import { NO_REDIS } from './experiments/redis.ts';
import { isMet, type Target } from './rig/experiment.ts';
import { Lab, type Scale } from './rig/lab.ts';

const SHORT: Scale = {
  isShort: true,
  baselineMs: 400,
  faultMs: 1_200,
  recoveryMs: 1_000,
  perSecond: 60,
  windowMs: 200,
  windows: 3,
  pin: false,
};

/** These share one gateway, each with its own route and backends: what breaks for one must be nothing to the others. */
const SIDE_BY_SIDE = { numbers: [1, 2, 3, 4, 5, 6], at: 6, scale: { ...SHORT, perSecond: 24 } };
/** These break one Redis, one after another. */
const OF_REDIS = { numbers: [7, 8, 9, 10, 11], at: 1, scale: SHORT };
/** A gateway each. */
const APART = { numbers: [12, 13, 14, 15, 20, 21, 23, 24], at: 3, scale: SHORT };
/** What would take the machine from others. */
const ALONE = { numbers: [16, 22], at: 1, scale: SHORT };

const SHORT_ONES = EXPERIMENTS.filter(({ isOnDemand }) => isOnDemand !== true);

const text = ({ name, measured, is, limit, unit }: Target): string =>
  `${name}: ${Number(measured.toFixed(1))} ${unit} (${is} ${limit})`;

for (const { numbers, at, scale } of [SIDE_BY_SIDE, OF_REDIS, APART, ALONE]) {
  describe(`experiments ${numbers.join(', ')}`, { concurrency: at, timeout: 240_000 }, () => {
    const lab = new Lab(scale);
    after(() => lab.close());
    for (const experiment of SHORT_ONES.filter(({ number }) => numbers.includes(number))) {
      const skip = NO_REDIS && numbers.includes(7) && 'no Redis server';
      test(`${experiment.number}: ${experiment.title}`, { skip }, async (t) => {
        const { targets, seen } = await conduct(experiment, lab);
        for (const target of targets.filter((one) => !isMet(one))) t.diagnostic(`missed: ${text(target)}`);
        const broken = targets.filter((target) => !target.timed && !isMet(target));
        assert.deepEqual(broken.map(text), [], JSON.stringify(seen));
      });
    }
  });
}

test('every experiment has its place in the short form', () => {
  const placed = [SIDE_BY_SIDE, OF_REDIS, APART, ALONE].flatMap(({ numbers }) => numbers);
  assert.deepEqual(
    SHORT_ONES.filter(({ number }) => !placed.includes(number)).map(({ title }) => title),
    [],
  );
});
