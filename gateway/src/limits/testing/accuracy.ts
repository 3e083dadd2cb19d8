/**
 * How exact limits are and what they cost: algorithm × store × mode × nodes (processes). Each row draws at twice the
 * limit's rate for a second and sets what was admitted against capacity + rate × time; then at half the rate, which
 * tells the calls and the time that a request takes which is not refused.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { PRIMARY_STATE } from '../../state/primary-link.ts';
import { PrimaryServer } from '../../state/primary-server.ts';
import { startCluster } from '../../state/testing/redis-cluster-server.ts';
import { startRedis } from '../../state/testing/redis-server.ts';
import type { LimitSpec, Mode } from '../limiter.ts';
import { serveLimits } from '../primary-limits.ts';
import { messageOf } from './child.ts';

const PROGRAM = new URL('./accuracy-node.ts', import.meta.url);
const CAPACITY = 400;
const PER_SECOND = 1000;
const FOR_MS = 1000;

interface Report {
  readonly asked: number;
  readonly admitted: number;
  readonly calls: number;
  readonly p50: number;
  readonly p99: number;
  readonly elapsedMs: number;
}

interface Both {
  readonly hard: Report;
  readonly easy: Report;
  readonly local: number;
}

interface Row {
  readonly algorithm: string;
  readonly store: string;
  readonly state: unknown;
  readonly mode: Mode;
  readonly nodes: number;
}

function specOf(algorithm: string): LimitSpec {
  const common = { name: 'bench', capacity: CAPACITY, refillPerMs: PER_SECOND / 1000 };
  const windowMs = (CAPACITY / PER_SECOND) * 1000;
  switch (algorithm) {
    case 'sliding-window':
    case 'sliding-log':
    case 'fixed-window':
      return { ...common, algorithm, windowMs };
    case 'leaky-bucket':
      return { ...common, algorithm };
    default:
      return { ...common, algorithm: 'token-bucket' };
  }
}

let runs = 0;

async function run(row: Row): Promise<Both> {
  runs += 1;
  const order = {
    state: row.state,
    mode: row.mode,
    nodes: row.nodes,
    spec: specOf(row.algorithm),
    key: `run ${runs}`,
    perSecond: PER_SECOND / row.nodes,
    forMs: FOR_MS,
  };
  const primary = row.store === 'primary' ? startPrimary() : undefined;
  const env = { ...process.env, ...(primary ? PRIMARY_STATE : {}) };
  const nodes = Array.from({ length: row.nodes }, () =>
    fork(PROGRAM, [JSON.stringify(order)], { execArgv: [], env }),
  );
  for (const node of nodes) primary?.adopt(node);
  await Promise.all(nodes.map((node) => messageOf(node, isAny)));
  const reports = await Promise.all(nodes.map(reportOf));
  await Promise.all(nodes.map((node) => node.exitCode ?? once(node, 'exit')));
  return {
    hard: together(reports.map(({ hard }) => hard)),
    easy: together(reports.map(({ easy }) => easy)),
    local: reports.reduce((total, { local }) => total + local, 0),
  };
}

function together(reports: readonly Report[]): Report {
  const sum = (key: keyof Report) => reports.reduce((total, report) => total + report[key], 0);
  const most = (key: keyof Report) => Math.max(...reports.map((report) => report[key]));
  return {
    asked: sum('asked'),
    admitted: sum('admitted'),
    calls: sum('calls'),
    p50: most('p50'),
    p99: most('p99'),
    elapsedMs: most('elapsedMs'),
  };
}

async function reportOf(node: ChildProcess): Promise<Both> {
  const reported = messageOf(node, isBoth);
  node.send('go');
  return await reported;
}

function startPrimary(): PrimaryServer {
  const server = new PrimaryServer({ clock: systemClock, logger: noLogger });
  serveLimits(server, { clock: systemClock });
  return server;
}

function isAny(message: unknown): message is unknown {
  return message === 'ready';
}

function isBoth(message: unknown): message is Both {
  return typeof message === 'object' && message !== null && 'hard' in message;
}

/** A part of a row's name (`primary leased`), to measure those rows alone. */
const [only = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const redis = await startRedis();
  const cluster = await startCluster();
  const single = { redis: redis.url };
  const clustered = { redis: { cluster: cluster.urls } };
  const rows: Row[] = [
    { algorithm: 'token-bucket', store: 'memory', state: 'memory', mode: 'exact', nodes: 1 },
    { algorithm: 'token-bucket', store: 'memory', state: 'memory', mode: 'exact', nodes: 4 },
    { algorithm: 'token-bucket', store: 'primary', state: 'memory', mode: 'exact', nodes: 4 },
    { algorithm: 'token-bucket', store: 'primary', state: 'memory', mode: 'leased', nodes: 4 },
    ...[1, 4].flatMap((nodes) =>
      (['exact', 'leased'] as const).map(
        (mode): Row => ({ algorithm: 'token-bucket', store: 'redis', state: single, mode, nodes }),
      ),
    ),
    { algorithm: 'token-bucket', store: 'cluster', state: clustered, mode: 'exact', nodes: 4 },
    { algorithm: 'token-bucket', store: 'cluster', state: clustered, mode: 'leased', nodes: 4 },
    ...['sliding-window', 'sliding-log', 'fixed-window', 'leaky-bucket'].map(
      (algorithm): Row => ({ algorithm, store: 'redis', state: single, mode: 'exact', nodes: 4 }),
    ),
  ];
  for (const line of [
    `capacity ${CAPACITY}, ${PER_SECOND}/s; admitted at twice that rate against capacity + rate × time; the rest at half`,
    `${'algorithm'.padEnd(16)}${'store'.padEnd(9)}${'mode'.padEnd(8)}nodes  admitted/bound   calls/request  p50 µs   p99 µs   local`,
  ])
    console.log(line);
  try {
    for (const row of rows.filter(({ algorithm, store, mode, nodes }) =>
      `${algorithm} ${store} ${mode} ${nodes}`.includes(only),
    )) {
      const { hard, easy, local } = await run(row);
      const bound = CAPACITY + (PER_SECOND * hard.elapsedMs) / 1000;
      const share = `${hard.admitted}/${bound.toFixed(0)} ${((100 * hard.admitted) / bound).toFixed(1)} %`;
      console.log(
        `${row.algorithm.padEnd(16)}${row.store.padEnd(9)}${row.mode.padEnd(8)}${String(row.nodes).padEnd(7)}${share.padEnd(18)}` +
          `${(easy.calls / easy.asked).toFixed(3).padEnd(14)}${easy.p50.toFixed(1).padStart(7)}${easy.p99.toFixed(0).padStart(9)}` +
          `${String(local).padStart(8)}`,
      );
    }
  } finally {
    await cluster.stop();
    await redis.stop();
  }
}

await main();
