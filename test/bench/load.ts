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
  readonly requests: number;
  readonly perSecond: number;
  /** CPU time of the gateway for one request. */
  readonly cpuMicros: number;
  readonly peakMemoryMb: number;
}

/** Warms the gateway up, then measures for `seconds`. Rejects when any answer was not a 2xx. */
export async function measure(
  name: string,
  gateway: Program,
  seconds: number,
  args: readonly string[],
): Promise<Measure> {
  const wrk = (lasts: number): string[] => [
    '-c',
    String(LOAD_CORE),
    'wrk',
    '-t1',
    '--timeout',
    '30s',
    `-c${CONNECTIONS}`,
    `-d${lasts}s`,
    ...args,
  ];
  await run('taskset', wrk(WARM_UP_S));
  const before = cpuSeconds(gateway.pid);
  const { stdout } = await run('taskset', wrk(seconds));
  const cpu = cpuSeconds(gateway.pid) - before;
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(stdout))
    throw new Error(`${name}: the load went wrong:\n${stdout}`);
  return {
    name,
    gateway: gateway.command,
    load: `taskset ${wrk(seconds).join(' ')}`,
    requests,
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    cpuMicros: (cpu / requests) * 1e6,
    peakMemoryMb: peakMemoryMb(gateway.pid),
  };
}
