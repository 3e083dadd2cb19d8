/** All experiments, and one of them run: what it found, that nothing crashed, and within what time. */
import { BACKENDS } from './experiments/backends.ts';
import { CLOCK } from './experiments/clock.ts';
import { LEAVING } from './experiments/leaving.ts';
import { NAMES_AND_KEYS } from './experiments/names-and-keys.ts';
import { REDIS } from './experiments/redis.ts';
import { RELOAD } from './experiments/reload.ts';
import { RESOURCES } from './experiments/resources.ts';
import { SOAK } from './experiments/soak.ts';
import { SWAPPED } from './experiments/swaps.ts';
import { WORKERS_IN_TROUBLE } from './experiments/workers.ts';
import { count, type Experiment, type Finding } from './rig/experiment.ts';
import type { Lab } from './rig/lab.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  ...BACKENDS,
  ...REDIS,
  ...NAMES_AND_KEYS,
  ...RELOAD,
  ...SWAPPED,
  ...LEAVING,
  ...RESOURCES,
  ...CLOCK,
  ...WORKERS_IN_TROUBLE,
  ...SOAK,
].sort((a, b) => a.number - b.number);

const ALLOWANCE_MS = 120_000;

/** Rejects where it takes far longer than it should. */
export async function conduct(experiment: Experiment, lab: Lab): Promise<Finding> {
  const before = lab.crashes.length;
  const { baselineMs, faultMs, recoveryMs, soakMs = 0 } = lab.scale;
  const late = Promise.withResolvers<never>();
  const limitMs =
    2 * (baselineMs + faultMs + recoveryMs) + (experiment.allowanceMs ?? ALLOWANCE_MS) + 2 * soakMs;
  const timer = setTimeout(() => late.reject(new Error(`not done after ${limitMs / 1000} s`)), limitMs);
  try {
    const { seen, targets } = await Promise.race([experiment.run(lab), late.promise]);
    const crashes = lab.crashes.slice(before);
    return { seen, targets: [{ ...count('crashes', crashes.length), why: crashes.join('; ') }, ...targets] };
  } finally {
    clearTimeout(timer);
  }
}
