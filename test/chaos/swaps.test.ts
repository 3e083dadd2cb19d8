/**
 * Configurations that take each other's place under load, by PUT and by file, in one process and in two workers: the short form.
 * `npm run chaos -w test -- --experiment 14` has a thousand of them.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { conduct } from './catalogue.ts';
import { SWAPPED } from './experiments/swaps.ts';
import { isMet } from './rig/experiment.ts';
import { Lab } from './rig/lab.ts';

describe('configurations that are exchanged', { timeout: 240_000 }, () => {
  const lab = new Lab({
    isShort: true,
    baselineMs: 200,
    faultMs: 0,
    recoveryMs: 0,
    perSecond: 60,
    windowMs: 200,
    windows: 1,
    pin: false,
  });
  after(() => lab.close());
  for (const experiment of SWAPPED) {
    test(experiment.title, async (t) => {
      const { targets, seen } = await conduct(experiment, lab);
      for (const { name, measured, unit } of targets) t.diagnostic(`${name}: ${measured.toFixed(1)} ${unit}`);
      const broken = targets.filter((target) => !target.timed && !isMet(target));
      assert.deepEqual(broken, [], JSON.stringify(seen));
    });
  }
});
