/**
 * The soak of a quarter of a minute: configurations every two seconds, supergraphs, churn and faults leave no trace but the last of
 * each. `npm run chaos -w test -- --experiment 18` lets it go on for an hour.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { conduct } from './catalogue.ts';
import { SOAK } from './experiments/soak.ts';
import { isMet } from './rig/experiment.ts';
import { Lab } from './rig/lab.ts';

const SOAK_MS = 15_000;

const lab = new Lab({
  isShort: true,
  baselineMs: 0,
  faultMs: 0,
  recoveryMs: 0,
  perSecond: 40,
  windowMs: 200,
  windows: 3,
  soakMs: SOAK_MS,
  pin: false,
});
after(() => lab.close());

for (const experiment of SOAK) {
  test(`${experiment.number}: ${experiment.title}`, { timeout: 400_000 }, async (t) => {
    const { targets, seen } = await conduct(experiment, lab);
    for (const { name, measured, unit } of targets) t.diagnostic(`${name}: ${measured.toFixed(1)} ${unit}`);
    const broken = targets.filter((target) => !target.timed && !isMet(target));
    assert.deepEqual(
      broken.map(({ name, measured, limit, why = '' }) => `${name}: ${measured} (${limit}) ${why}`),
      [],
      JSON.stringify(seen),
    );
  });
}
