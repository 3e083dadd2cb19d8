/** A real Redis for tests: one of their own on a free port, or the one that the test runner names. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { RedisStore } from '../redis.ts';

export const SHARED_REDIS_URL = process.env.FRONTDESK_TEST_REDIS_URL;

const installed = spawnSync('redis-server', ['--version']).status === 0;

/** Why tests that start their own server are left out; `false` where they run. */
export const skipWithoutServer: string | false = installed ? false : 'redis-server is not installed';

/** Why tests that need any server are left out; `false` where they run. */
export const skipWithoutRedis: string | false =
  installed || SHARED_REDIS_URL ? false : 'neither redis-server nor FRONTDESK_TEST_REDIS_URL is there';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Stops the process where it stands (SIGSTOP): connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends it at once (SIGKILL). Waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>;
  /** Ends it and removes what it left. */
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface Launch {
  /** A configuration file, where arguments cannot say it. */
  readonly file?: string;
  /** What it prints when it serves. */
  readonly ready?: string;
}

export async function startRedis(extra: readonly string[] = [], how: Launch = {}): Promise<TestRedis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-redis-'));
  let child = await launch(port, folder, extra, how);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill,
    restart: async () => {
      await kill();
      child = await launch(port, folder, extra, how);
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface TestStore {
  readonly redis: TestRedis;
  readonly store: RedisStore;
  /** Closes the store, then ends the server. */
  stop(): Promise<void>;
}

/** A server of a test's own, and a store that has reached it. */
export async function startStore(): Promise<TestStore> {
  const redis = await startRedis();
  const store = new RedisStore({
    url: redis.url,
    commandLimitMs: 1000,
    clock: systemClock,
    logger: noLogger,
    meter: noMeter,
  });
  await store.settled();
  const stop = async (): Promise<void> => {
    await store.close();
    await redis.stop();
  };
  return { redis, store, stop };
}

/** The runner's server, or one of our own. `stop` ends only what was started here. */
export async function anyRedis(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  return SHARED_REDIS_URL ? { url: SHARED_REDIS_URL, stop: async () => {} } : startRedis();
}

async function launch(
  port: number,
  folder: string,
  extra: readonly string[],
  { file, ready = 'Ready to accept connections' }: Launch,
): Promise<ChildProcess> {
  const child = spawn(
    'redis-server',
    [
      ...(file === undefined ? [] : [file]),
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
      ...extra,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes(ready)) resolve();
  });
  child.once('exit', () => reject(new Error(`redis-server ended:\n${output}`)));
  child.once('error', reject);
  await promise;
  return child;
}

/** Sends commands by a connection of its own, written as an operator types them, and returns the raw replies. */
export async function redisCommand(port: number, command: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`${command}\r\n`);
  const [chunk] = await once(socket, 'data');
  socket.destroy();
  return String(chunk);
}
