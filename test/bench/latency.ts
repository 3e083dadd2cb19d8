/** What a gateway adds to an answer's time, by h2load. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LOAD_CORE } from './process.ts';
import { quantile } from './rounds.ts';

const run = promisify(execFile);

export interface LatencyOptions {
  /** Through the gateway. */
  readonly url: string;
  /** The same request, to the backend itself. */
  readonly direct: string;
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  /** A file with the request's JSON body; a GET where there is none. */
  readonly body?: string;
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
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-latency-'));
  const log = join(directory, 'log');
  const args = ['-c', String(LOAD_CORE), 'h2load', '--h1', `-c${LATENCY_CONNECTIONS}`, '-t1'];
  const rps = options.rate / LATENCY_CONNECTIONS;
  args.push(`-D${options.seconds}`, '--warm-up-time=2', `--rps=${rps}`, `--log-file=${log}`);
  if (options.body !== undefined) args.push('-d', options.body, '-H', 'content-type: application/json');
  writeFileSync(log, '');
  await run('taskset', [...args, '-H', options.field.join(': '), url]);
  // Each line: the start, the status, the microseconds that the answer took.
  const rows = readFileSync(log, 'utf8').trim().split('\n');
  rmSync(directory, { recursive: true });
  return rows.map((line) => Number(line.split('\t')[2]));
}
