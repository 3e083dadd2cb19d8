/**
 * The real programs that tests need beside Node: a Redis, an etcd, a DNS server, other proxies, a load generator and a
 * browser. Each is found on the PATH or installed from Debian's packages where that is possible; otherwise the tests
 * that need it are left out, and say so.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { endWithUs } from '../stack/watchdog.ts';

const START_ATTEMPTS = 3;
const START_TIMEOUT_MS = 10_000;
const RETRY_MS = 25;

/** The first of `names` that runs here, or the first after installing `debianPackage`; `undefined` when there is none. */
export function findOrInstall(names: readonly string[], debianPackage: string): string | undefined {
  const found = names.find(isRunnable);
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || !isRunnable('apt-get')) return undefined;
  console.log(`Installing ${debianPackage} (apt-get) ...`);
  // RUNLEVEL=1 keeps the package from starting a service of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = ['install', '-y', '-q', '--no-install-recommends', debianPackage];
  if (spawnSync('apt-get', install, { env, stdio: 'ignore' }).status !== 0) {
    spawnSync('apt-get', ['update', '-q'], { env, stdio: 'ignore' });
    spawnSync('apt-get', install, { env, stdio: 'ignore' });
  }
  return names.find(isRunnable);
}

/** The file of a program on the PATH. */
export function fileOf(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function isRunnable(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
}

export interface RunningRedis {
  readonly url: string;
  stop(): void;
}

/** Starts `program` on a free port of 127.0.0.1, without persistence. Rejects when it can't be made to answer. */
export async function startRedis(program: string): Promise<RunningRedis> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'frontdesk-redis-'));
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = spawn(program, [...args, '--dir', directory], { stdio: 'ignore' });
    const callOff = child.pid === undefined ? () => {} : endWithUs(child.pid);
    const stop = (): void => {
      callOff();
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    };
    if (await answers(child, port)) return { url: `redis://127.0.0.1:${port}`, stop };
    stop();
    if (attempt === START_ATTEMPTS) throw new Error(`${program} did not start`);
  }
}

/** Waits until the server says PONG; false when its process ends first or its time is over. */
async function answers(child: ChildProcess, port: number): Promise<boolean> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && performance.now() < until) {
    if (await ping(port)) return child.exitCode === null;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return false;
}

function ping(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection({ host: '127.0.0.1', port }, () => socket.write('PING\r\n'));
  socket.once('data', (data) => {
    resolve(data.toString().startsWith('+PONG'));
    socket.destroy();
  });
  socket.once('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  return promise;
}

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() =>
      typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
    );
  });
  return promise;
}
