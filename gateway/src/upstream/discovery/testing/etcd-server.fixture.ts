/** A real etcd on ports of its own, in a folder that is removed with it, and the little of its JSON API that tests need. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ETCD_PROGRAM = process.env.FRONTDESK_TEST_ETCD;
export const NO_ETCD = ETCD_PROGRAM === undefined ? 'needs etcd: run it by npm test' : false;

export interface EtcdServer {
  readonly url: string;
  call(path: string, body: object): Promise<Record<string, unknown>>;
  put(key: string, value: string, lease?: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** Ends the process as a crash does, and resolves when it has ended. */
  kill(): Promise<void>;
  /** Starts it again on the same data. */
  restart(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

const START_WITHIN_MS = 20_000;

/** `after`: what is to be done when it is no longer needed. */
export async function etcdServer(after: (end: () => Promise<void>) => unknown): Promise<EtcdServer> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-etcd-'));
  const [port, peerPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  let child: ChildProcess | undefined;

  const call = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const reply = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await reply.text();
    if (reply.status !== 200) throw new Error(`etcd answered ${reply.status}: ${text}`);
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const start = async (): Promise<void> => {
    const places = ['--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peer];
    const cluster = ['--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`];
    // Nothing here outlives the test, so nothing need be on disk before it is acknowledged.
    const args = [
      '--data-dir',
      join(folder, 'data'),
      '--log-level',
      'error',
      '--unsafe-no-fsync',
      ...places,
      ...cluster,
    ];
    child = spawn(ETCD_PROGRAM ?? 'etcd', args, { stdio: 'ignore' });
    const until = performance.now() + START_WITHIN_MS;
    for (;;) {
      try {
        await call('/v3/kv/range', { key: base64('/') });
        return;
      } catch (error) {
        if (performance.now() > until || child.exitCode !== null) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  };
  after(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });
  await start();
  return {
    url,
    call,
    put: async (key, value, lease) => {
      await call('/v3/kv/put', { key: base64(key), value: base64(value), ...(lease ? { lease } : {}) });
    },
    remove: async (key) => void (await call('/v3/kv/deleterange', { key: base64(key) })),
    kill,
    restart: start,
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
