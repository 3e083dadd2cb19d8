/**
 * Overload: twice as many requests as the gateway can serve, at a fixed rate that no refusal slows down. What counts is how
 * many are served all the same, how soon the others are refused, and whether health answers meanwhile.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../stack/ports.ts';
import { type Comparison, loadFor } from '../load.ts';
import { startBackend } from '../passthrough/backend-program.ts';
import { type BenchConfig, benchConfig, KEY_FIELD } from '../passthrough/configuration.ts';
import { authorized, startFrontdesk } from '../passthrough/passthrough.ts';
import { LOAD_CORE } from '../process.ts';
import { quantile } from '../rounds.ts';

const run = promisify(execFile);
/** So many that the rate is kept although answers are late: each waits for its own. */
const CONNECTIONS = 3_000;
const OVERLOAD = 2;
const PROBE_EVERY_MS = 50;

interface Answer {
  readonly status: number;
  readonly ms: number;
}

export async function* overload(seconds: number): AsyncGenerator<Comparison> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-overload-'));
  const [port = 0, adminPort = 0, backendPort = 0] = await freePorts(3);
  const backend = await startBackend(directory, backendPort);
  const config = withOverview(benchConfig({ port, adminPort, backendPort }));
  const gateway = await startFrontdesk(directory, 'overload', config, port);
  try {
    for (const [title, path] of [
      ['a request that is passed through', '/users/42'],
      ['an aggregate of six', '/overview/42'],
    ] as const) {
      const url = `http://127.0.0.1:${port}${path}`;
      await loadFor(3, authorized(url));
      const { perSecond: peak } = await loadFor(Math.max(3, Math.floor(seconds / 2)), authorized(url));
      const probes = probe(`http://127.0.0.1:${port}/healthz`);
      const answers = await atRate(url, peak * OVERLOAD, seconds, directory);
      const health = await probes.end();
      yield { title: `Overload: ${title}`, measures: [], notes: notesOf(peak, answers, health, seconds) };
    }
  } finally {
    await gateway.stop();
    await backend.stop();
    rmSync(directory, { recursive: true });
  }
}

function withOverview(config: BenchConfig): BenchConfig {
  const parts = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((group) => [
      group,
      { upstream: 'users', path: '/users/{params.id}', group },
    ]),
  );
  // The backend's own queue would refuse first, and it is not what is measured.
  const unbounded = {
    ...config.upstreams.users,
    bulkhead: { maxInFlight: 100_000, maxQueue: 10_000 },
    pool: { connections: 256 },
  };
  const [users] = config.routes;
  const overview = {
    match: { path: '/overview/:id', methods: ['GET'] },
    to: { aggregate: { parts } },
    auth: ['apiKey'],
  };
  return { ...config, upstreams: { users: unbounded }, routes: [users, overview] };
}

/** Requests at a rate that waits for no answer, but for a connection's own. */
async function atRate(url: string, rate: number, seconds: number, directory: string): Promise<Answer[]> {
  const log = join(directory, 'h2load');
  writeFileSync(log, '');
  const args = [
    '-c',
    String(LOAD_CORE),
    'h2load',
    '--h1',
    `-c${CONNECTIONS}`,
    '-t1',
    `-D${seconds}`,
    '--warm-up-time=2',
  ];
  args.push(`--rps=${rate / CONNECTIONS}`, `--log-file=${log}`, '-H', KEY_FIELD.join(': '), url);
  await run('taskset', args, { maxBuffer: 2 ** 26 });
  // Each line: the start, the status, the microseconds that the answer took.
  return readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [, status, micros] = line.split('\t');
      return { status: Number(status), ms: Number(micros) / 1000 };
    });
}

/** Asks for health again and again until it is told to end; `undefined` stands for a probe without a good answer. */
function probe(url: string): { end(): Promise<(number | undefined)[]> } {
  const times: (number | undefined)[] = [];
  let ended = false;
  const asked = (async () => {
    while (!ended) {
      const began = performance.now();
      const ok = await fetch(url).then(
        (response) => response.ok,
        () => false,
      );
      times.push(ok ? performance.now() - began : undefined);
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    }
  })();
  return {
    end: async () => {
      ended = true;
      await asked;
      return times;
    },
  };
}

function notesOf(peak: number, answers: Answer[], health: (number | undefined)[], seconds: number): string[] {
  const times = (wanted: (status: number) => boolean): number[] =>
    answers.filter(({ status }) => wanted(status)).map(({ ms }) => ms);
  const served = times((status) => status === 200);
  const refused = times((status) => status === 503);
  const other = answers.length - served.length - refused.length;
  const goodput = served.length / seconds;
  const spread = (all: number[]): string =>
    all.length === 0
      ? 'none'
      : [0.5, 0.9, 0.99].map((at) => `p${at * 100} ${quantile(all, at).toFixed(1)} ms`).join(', ');
  const answered = health.filter((ms) => ms !== undefined);
  return [
    `peak ${peak.toFixed(0)} requests/s; offered ${(peak * OVERLOAD).toFixed(0)}, answered ${(answers.length / seconds).toFixed(0)}`,
    `goodput ${goodput.toFixed(0)} requests/s: ${((goodput / peak) * 100).toFixed(0)} % of the peak; served in ${spread(served)}`,
    `refused ${(refused.length / seconds).toFixed(0)} requests/s, in ${spread(refused)}; other answers: ${other}`,
    `health: ${answered.length} of ${health.length} probes answered, in ${spread(answered)}`,
  ];
}
