/**
 * Gateways of several processes measured in turns. What a process has compiled is its own: each is warmed by as many requests,
 * not for as long, and before each turn by a load that is not measured, because V8 drops what idle processes have compiled.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { loadFor } from '../load.ts';
import { cpuSeconds, type Program } from '../process.ts';
import { quantile } from '../rounds.ts';
import { steadyLoad } from './steady-load.ts';

const CONNECTIONS = 50;
/** After two thirds of it hardly anything that a passed-through request runs is left to compile. */
const WARM_UP_REQUESTS = 30_000;
const WARM_UP_S = 5;
const LEAD_IN_S = 1;
const SETTLE_MS = 50;
const MOST_ATTEMPTS = 5;

/** What is measured as one: a gateway, or several that are loaded together. */
export interface Fleet {
  readonly name: string;
  readonly members: readonly Member[];
  /** Processes that share its requests. */
  readonly processes: number;
}

export interface Member {
  readonly program: Program;
  readonly args: readonly string[];
}

/** A fleet under a load: as much as it takes, or `rate` requests a second in all. */
export interface Turn {
  readonly name: string;
  readonly fleet: Fleet;
  readonly rate?: number;
}

export interface Measured {
  readonly turn: Turn;
  /** CPU microseconds of a request, and requests a second, of each round. */
  readonly cpuMicros: readonly number[];
  readonly perSecond: readonly number[];
}

interface Filling extends Measured {
  readonly cpuMicros: number[];
  readonly perSecond: number[];
}

export async function warmUp({ members, processes }: Fleet): Promise<void> {
  let served = 0;
  while (served < WARM_UP_REQUESTS * processes) {
    served += await patiently(() => loadAll(members, WARM_UP_S, undefined));
  }
}

/** Every turn in each round, in the order of the list, which the next round turns around. */
export async function inTurns(
  turns: readonly Turn[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<Measured[]> {
  const measured = turns.map((turn): Filling => ({ turn, cpuMicros: [], perSecond: [] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { turn, cpuMicros, perSecond } of round % 2 === 0 ? measured : measured.toReversed()) {
      const { cpuS, requests } = await patiently(() => taken(turn, seconds));
      cpuMicros.push((cpuS / requests) * 1e6);
      perSecond.push(requests / seconds);
    }
  }
  return measured;
}

/** How many times as much, round by round: the quarter below, the median, the quarter above. */
export function ratio(
  what: Measured,
  against: Measured,
): readonly [low: number, median: number, high: number] {
  const ratios = what.cpuMicros.map((micros, round) => micros / (against.cpuMicros[round] ?? Number.NaN));
  return [quantile(ratios, 0.25), quantile(ratios, 0.5), quantile(ratios, 0.75)];
}

async function taken(
  { fleet: { members }, rate }: Turn,
  seconds: number,
): Promise<{ readonly cpuS: number; readonly requests: number }> {
  await loadAll(members, LEAD_IN_S, rate);
  await pause(SETTLE_MS);
  const before = cpuOf(members);
  const requests = await loadAll(members, seconds, rate);
  return { cpuS: cpuOf(members) - before, requests };
}

/** Gateways that a busy machine keeps waiting for seconds refuse some requests: such a turn says nothing, and is taken again. */
async function patiently<T>(take: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await take();
    } catch (error) {
      if (attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

function cpuOf(members: readonly Member[]): number {
  return members.reduce((sum, { program }) => sum + cpuSeconds(program.pid), 0);
}

/** All of them at once, each over its part of the connections. Resolves with the requests that were answered. */
async function loadAll(
  members: readonly Member[],
  seconds: number,
  rate: number | undefined,
): Promise<number> {
  const connections = CONNECTIONS / members.length;
  const loads = members.map(({ args }) =>
    rate === undefined
      ? loadFor(seconds, args, connections)
      : steadyLoad({ seconds, args, connections, rate: rate / members.length }),
  );
  // None goes on while the next begins.
  await Promise.allSettled(loads);
  return (await Promise.all(loads)).reduce((sum, { requests }) => sum + requests, 0);
}
