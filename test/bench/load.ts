/** Load by wrk from the core that the gateway does not have, and what it cost the gateway. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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

/** A row of a benchmark: ours first, then the peer where there is one. */
export interface Comparison {
  readonly title: string;
  readonly measures: readonly Measure[];
  readonly notes: readonly string[];
}

/** Warms the gateway up, then measures for `seconds`. Rejects when any answer was not a 2xx. */
export async function measure(
  name: string,
  gateway: Program,
  seconds: number,
  args: readonly string[],
  connections = CONNECTIONS,
): Promise<Measure> {
  const wrk = (lasts: number): string[] => [
    '-c',
    String(LOAD_CORE),
    'wrk',
    '-t1',
    '--timeout',
    '30s',
    `-c${connections}`,
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

export interface LatencyOptions {
  /** Through the gateway. */
  readonly url: string;
  /** The same request, to the backend itself. */
  readonly direct: string;
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  /** A file with the request's JSON body. */
  readonly body: string;
  readonly field: readonly [name: string, value: string];
}

const LATENCY_CONNECTIONS = 20;

/** What stands between a client and a backend adds, at a fixed rate: a saturating load would measure queues. */
export async function addedLatency(options: LatencyOptions): Promise<string> {
  if (!(await run('h2load', ['--version']).catch(() => undefined))) {
    return 'not measured: h2load (Debian: nghttp2-client) is not installed';
  }
  const through = await latencies(options.url, options);
  const direct = await latencies(options.direct, options);
  const ms = (micros: number): string => `${(micros / 1000).toFixed(2)} ms`;
  const row = (at: number): string => {
    const [with_, without] = [quantile(through, at), quantile(direct, at)];
    return `p${at * 100} ${ms(with_ - without)} (${ms(with_)} through, ${ms(without)} direct)`;
  };
  return `at ${options.rate.toFixed(0)} requests/s: ${row(0.5)}; ${row(0.99)}`;
}

async function latencies(url: string, options: LatencyOptions): Promise<readonly number[]> {
  const log = `${options.body}.log`;
  const args = ['-c', String(LOAD_CORE), 'h2load', '--h1', `-c${LATENCY_CONNECTIONS}`, '-t1'];
  const rps = options.rate / LATENCY_CONNECTIONS;
  args.push(`-D${options.seconds}`, '--warm-up-time=2', `--rps=${rps}`, `--log-file=${log}`);
  args.push('-d', options.body, '-H', 'content-type: application/json', '-H', options.field.join(': '), url);
  writeFileSync(log, '');
  await run('taskset', args);
  // Each line: the start, the status, the microseconds that the answer took.
  const rows = readFileSync(log, 'utf8').trim().split('\n');
  return rows.map((line) => Number(line.split('\t')[2])).sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], at: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}
