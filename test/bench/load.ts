/** Load by wrk from the core that the gateway does not have, and what it cost the gateway. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cpuSeconds, LOAD_CORE, type Program, peakMemoryMb } from './process.ts';

const CONNECTIONS = 50;
const WARM_UP_S = 5;
const run = promisify(execFile);

export interface Measure {
  readonly name: string;
  readonly gateway: string;
  readonly load: string;
  readonly perSecond: number;
  /** CPU time of the gateway for one request. */
  readonly cpuMicros: number;
  readonly peakMemoryMb: number;
}

/** A row of a benchmark: ours first, then the peer where there is one. */
export interface Comparison {
  readonly title: string;
  readonly measures: readonly Measure[];
  readonly notes: readonly string[];
}

/** What wrk said of a load. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
}

function wrk(seconds: number, args: readonly string[], connections: number): string[] {
  const fixed = ['-c', String(LOAD_CORE), 'wrk', '-t1', '--timeout', '30s'];
  return [...fixed, `-c${connections}`, `-d${seconds}s`, ...args];
}

/** Loads for so long. Rejects when any answer was not a 2xx. */
export async function loadFor(
  seconds: number,
  args: readonly string[],
  connections = CONNECTIONS,
): Promise<Load> {
  const { stdout } = await run('taskset', wrk(seconds, args, connections));
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(stdout))
    throw new Error(`the load went wrong:\n${args.join(' ')}\n${stdout}`);
  return { requests, perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]) };
}

/** The command that `loadFor` runs. */
export function loadCommand(seconds: number, args: readonly string[], connections = CONNECTIONS): string {
  return `taskset ${wrk(seconds, args, connections).join(' ')}`;
}

/** Warms the gateway up, then measures for `seconds`. Rejects when any answer was not a 2xx. */
export async function measure(
  name: string,
  gateway: Program,
  seconds: number,
  args: readonly string[],
  connections = CONNECTIONS,
): Promise<Measure> {
  await loadFor(WARM_UP_S, args, connections);
  const before = cpuSeconds(gateway.pid);
  const { requests, perSecond } = await loadFor(seconds, args, connections);
  return {
    name,
    gateway: gateway.command,
    load: loadCommand(seconds, args, connections),
    perSecond,
    cpuMicros: ((cpuSeconds(gateway.pid) - before) / requests) * 1e6,
    peakMemoryMb: peakMemoryMb(gateway.pid),
  };
}
