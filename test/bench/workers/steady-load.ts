/** Load at a rate that does not follow the answers, by h2load (Debian: nghttp2-client). */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { LOAD_CORE } from '../process.ts';

const run = promisify(execFile);

export interface SteadyLoad {
  readonly seconds: number;
  /** Fields and the URL, as wrk is told. */
  readonly args: readonly string[];
  readonly connections: number;
  /** Requests a second. */
  readonly rate: number;
}

export function hasSteadyLoad(): boolean {
  return spawnSync('h2load', ['--version']).error === undefined;
}

/** Resolves with how many were answered. Rejects when any answer was not a 2xx. */
export async function steadyLoad(load: SteadyLoad): Promise<{ readonly requests: number }> {
  const { seconds, args, connections, rate } = load;
  const options = ['--h1', '-t1', `-c${connections}`, `-D${seconds}`, `--rps=${rate / connections}`];
  const { stdout } = await run('taskset', ['-c', String(LOAD_CORE), 'h2load', ...options, ...args]);
  const requests = Number(/(\d+) 2xx/.exec(stdout)?.[1]);
  if (!(requests > 0) || !/ 0 failed, 0 errored, 0 timeout/.test(stdout) || !/ 0 4xx, 0 5xx/.test(stdout)) {
    throw new Error(`the load went wrong:\n${args.join(' ')}\n${stdout}`);
  }
  return { requests };
}
