/**
 * What many consumers take: 100,000 of them in Redis, each with a key and a bucket of its own, all of them active. Memory
 * of the gateway and of Redis before they are there, when they are known, and when each has asked; keys and calls in Redis.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrInstall, startRedis } from '../../runner/servers.ts';
import { freePorts } from '../../stack/ports.ts';
import type { Comparison } from '../load.ts';
import { startFrontdesk } from '../passthrough/passthrough.ts';
import { cpuSeconds, type Program, peakMemoryMb, residentMb } from '../process.ts';

const CONSUMERS = 100_000;
const AT_ONCE = 48;
const ROUNDS = 2;

export async function* capacity(): AsyncGenerator<Comparison> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-capacity-'));
  const [port = 0, adminPort = 0] = await freePorts(2);
  const program = findOrInstall(['redis-server', 'valkey-server'], 'redis-server');
  if (program === undefined) throw new Error('a Redis is needed');
  const redis = await startRedis(program);
  const gateway = await startFrontdesk(directory, 'capacity', configOf(port, adminPort, redis.url), port);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const admin = { agent, port: adminPort };
  const door = { agent, port };
  try {
    const rows: string[] = [];
    const note = async (when: string): Promise<void> => {
      rows.push(`${when.padEnd(44)}${await standing(gateway, redis.url)}`);
    };
    await note('started, nobody known');
    await each(CONSUMERS, (i) =>
      ask(admin, 'PUT', `/admin/consumers/c${i}`, { 'content-type': 'application/json' }, entryOf(i)),
    );
    await known(admin);
    await note(`${CONSUMERS} consumers known`);
    let calls = await redisCalls(redis.url);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const [cpu, begun] = [cpuSeconds(gateway.pid), performance.now()];
      await each(CONSUMERS, (i) => ask(door, 'GET', '/', { 'x-api-key': keyOf(i) }));
      const seconds = (performance.now() - begun) / 1_000;
      const micros = ((cpuSeconds(gateway.pid) - cpu) / CONSUMERS) * 1e6;
      const now = await redisCalls(redis.url);
      const perRequest = ((now - calls) / CONSUMERS).toFixed(2);
      calls = now;
      await note(
        `round ${round}: each asked once, in ${seconds.toFixed(0)} s (${micros.toFixed(0)} µs CPU, ${perRequest} calls)`,
      );
    }
    rows.push(`peak of the gateway ${peakMemoryMb(gateway.pid)} MB`);
    yield { title: `Capacity: ${CONSUMERS} active consumers, one process`, measures: [], notes: rows };
  } finally {
    agent.destroy();
    await gateway.stop();
    redis.stop();
    rmSync(directory, { recursive: true });
  }
}

function configOf(port: number, adminPort: number, redis: string) {
  return {
    listen: { host: '127.0.0.1', port },
    admin: { host: '127.0.0.1', port: adminPort },
    // The bench's core is shared: a slow answer is no outage here.
    state: { redis, commandLimit: '1s' },
    auth: { apiKey: { header: 'x-api-key' } },
    plans: { partner: { limit: { capacity: 100, refill: '100/min' } } },
    consumersFrom: 'state',
    shedding: 'off',
    routes: [{ match: { path: '/' }, to: { fixed: { body: 'ok' } }, auth: ['apiKey'] }],
  };
}

function keyOf(i: number): string {
  return `a-key-of-another-origin-that-is-long-enough-${i}`;
}

function entryOf(i: number): string {
  const sha256 = createHash('sha256').update(keyOf(i)).digest('hex');
  return JSON.stringify({ plan: 'partner', apiKeys: [{ id: 'k1', sha256 }] });
}

/** So many at once as there are connections. Rejects with the first that fails. */
async function each(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const i = next;
      next += 1;
      await work(i);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

interface Door {
  readonly agent: Agent;
  readonly port: number;
}

function ask(
  { agent, port }: Door,
  method: string,
  path: string,
  headers: Record<string, string>,
  body = '',
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sent = request({ agent, host: '127.0.0.1', port, method, path, headers }, (reply) => {
    reply.resume();
    reply.once('error', reject);
    reply.once('end', () => {
      if ((reply.statusCode ?? 500) < 300) resolve();
      else reject(new Error(`${method} ${path}: ${reply.statusCode}`));
    });
  });
  sent.once('error', reject);
  sent.end(body);
  return promise;
}

/** Waits until the process has heard of all of them. */
async function known({ port }: Door): Promise<void> {
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    if (Number(/^frontdesk_stored_consumers\S* (\d+)/m.exec(text)?.[1]) >= CONSUMERS) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function standing({ pid }: Program, redis: string): Promise<string> {
  const info = await redisSays(redis, 'INFO');
  const redisMb = Number(/used_memory:(\d+)/.exec(info)?.[1]) / 2 ** 20;
  const keys = /db0:keys=(\d+)/.exec(info)?.[1] ?? '0';
  return `gateway ${residentMb(pid)} MB   Redis ${redisMb.toFixed(1)} MB   ${keys} keys`;
}

async function redisCalls(redis: string): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await redisSays(redis, 'INFO'))?.[1]);
}

/** What it answers to one command on a connection of its own. */
function redisSays(redis: string, command: string): Promise<string> {
  const { hostname, port } = new URL(redis);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = createConnection({ host: hostname, port: Number(port) }, () =>
    socket.write(`${command}\r\nQUIT\r\n`),
  );
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.once('error', reject);
  socket.once('close', () => resolve(Buffer.concat(chunks).toString()));
  return promise;
}
