/**
 * Experiment 14 once more, as operators do it: a configuration takes the place of another a thousand times, by PUT and by file,
 * each when the one before was answered, a third of them unfit in nine ways, in one process and in two workers.
 */
import { atLeast, count, type Experiment, type Finding, time } from '../rig/experiment.ts';
import { CALLERS, type Lab } from '../rig/lab.ts';
import { INVALID, startSwapSite, WAYS } from './swap-site.ts';

const SWAPS = 1_000;
/** Each kind of unfit ones twice. */
const SHORT_SWAPS = 54;
/** So many of the first are not compared with what comes later: code is compiled, caches fill. */
const WARM_SHARE = 0.2;
const MIB = 1024 * 1024;
/** As `MAX_RETIRED` of the gateway's generations, and the one that serves. */
const MOST_GENERATIONS = 17;
const CONVERGED_WITHIN_MS = 1_000;
/** A thousand changes, each built in as many processes as there are. */
const ALLOWANCE_MS = 900_000;

interface Taken {
  readonly version: number;
  /** When the gateway had said so. */
  readonly at: number;
}

interface Served {
  readonly version: number;
  /** When the request was due: it was not sent before. */
  readonly at: number;
}

/** The longest time after the answer to a change at which a request was sent that an older version answered. */
function lateness(served: readonly Served[], taken: readonly Taken[]): number {
  let worst = 0;
  for (const { version, at } of served) {
    const next = taken.find((one) => one.version > version);
    if (next) worst = Math.max(worst, at - next.at);
  }
  return worst;
}

async function swaps(lab: Lab, workers: number): Promise<Finding> {
  const site = await startSwapSite(lab, workers);
  const { gateway } = site;
  const served: Served[] = [];
  let mixed = 0;
  const load = lab.load(gateway, {
    path: '/versioned',
    callers: CALLERS,
    judge: (reply, at) => {
      const version = site.versionOf(reply);
      if (version === undefined) mixed += 1;
      else served.push({ version, at });
      return version !== undefined;
    },
  });
  await lab.wait(lab.scale.baselineMs);
  const total = lab.scale.isShort ? SHORT_SWAPS : SWAPS;
  const taken: Taken[] = [];
  const unfit = new Set<number>();
  const tookMs: number[] = [];
  const misjudged: string[] = [];
  let [generations, heapBefore] = [0, 0];
  for (let version = 1; version <= total; version += 1) {
    const invalid = version % 3 === 0 ? INVALID[(version / 3) % INVALID.length] : undefined;
    const way = WAYS[Math.floor(version / 2) % WAYS.length] ?? 'PUT';
    if (invalid !== undefined) unfit.add(version);
    const since = performance.now();
    const isTaken = await site.swap(version, way, invalid);
    const at = performance.now();
    tookMs.push(at - since);
    if (isTaken) taken.push({ version, at });
    if (isTaken !== (invalid === undefined)) misjudged.push(`${version} (${way}, ${invalid ?? 'fit'})`);
    if (version === Math.round(total * WARM_SHARE)) heapBefore = await site.heapBytes();
    if (version % 10 === 0) {
      generations = Math.max(generations, await gateway.metric('frontdesk_generations'));
    }
  }
  const tally = await load.stop();
  const seen = tally.summary();
  const heapAfter = await site.heapBytes();
  const left = await gateway.metric('frontdesk_generations');
  await gateway.stop();
  if (misjudged.length > 0) throw new Error(`taken or refused wrongly: ${misjudged.join(', ')}`);
  tookMs.sort((a, b) => a - b);
  return {
    seen: [seen],
    targets: [
      count('mixed versions in one reply', mixed),
      count('answered wrongly', seen.wrong),
      count('lost', seen.lost),
      count('not answered', seen.sent - seen.ok),
      count('unfit versions that served', served.filter(({ version }) => unfit.has(version)).length),
      atLeast('unfit versions that were refused', unfit.size, Math.floor(total / 3)),
      atLeast('versions that served', new Set(served.map(({ version }) => version)).size, taken.length / 4),
      count('configurations in memory, all processes', generations, MOST_GENERATIONS * workers),
      count('of them left when all is answered', left, workers),
      // Exact, whatever the pace: what was sent after the answer meets no process that has not taken over.
      count('an old version after the answer to a change', lateness(served, taken), 0, 'ms'),
      time('half of the changes took', tookMs[Math.floor(tookMs.length / 2)] ?? 0, CONVERGED_WITHIN_MS),
      time('heap of a process grows by', Math.max(0, heapAfter - heapBefore) / MIB, 16, 'MiB'),
    ],
  };
}

function experiment(title: string, workers: number): Experiment {
  return {
    number: 14,
    isOnDemand: true,
    allowanceMs: ALLOWANCE_MS,
    title,
    run: (lab) => swaps(lab, workers),
  };
}

export const SWAPPED: readonly Experiment[] = [
  experiment('A thousand configurations by PUT and file, a third unfit', 1),
  experiment('A thousand configurations by PUT and file, a third unfit, two workers', 2),
];
