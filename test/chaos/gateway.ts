/**
 * `frontdesk serve` in a process of its own, seen from outside: what it answers, and what it holds of the machine
 * (memory, files, children). Its heap is read over the inspector, after a collection that the inspector asks for.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { ROOT } from '../stack/config.ts';
import { freePorts } from '../stack/ports.ts';
import { endWithUs } from '../stack/watchdog.ts';

export interface ServedGateway {
  readonly url: string;
  readonly adminUrl: string;
  readonly pid: number;
  /** Milliseconds from the start of the process to its first word that it is ready. */
  readonly readyAfterMs: number;
  output(): string;
  /** Bytes of heap in use after a forced collection. */
  heapBytes(): Promise<number>;
  /** Resident bytes now, children left out. */
  rssBytes(): number;
  children(): number[];
  openFiles(): number;
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 240_000;
const POLL_MS = 20;
/** Enough for weak references and finalizers to be done with. */
const COLLECTIONS = 4;

/** Serves the configuration (`listen` and `admin` are added to it) from a file in `folder`. */
export async function serve(folder: string, config: Record<string, unknown>): Promise<ServedGateway> {
  const [port = 0, adminPort = 0] = await freePorts(2);
  const file = join(folder, `gateway-${port}.yaml`);
  const listen = { host: '127.0.0.1', port, drain: { announce: '0ms', idle: '50ms', grace: '2s' } };
  writeFileSync(file, JSON.stringify({ listen, admin: { port: adminPort }, ...config }));
  const main = join(ROOT, 'gateway/src/main.ts');
  const started = performance.now();
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', main, 'serve', '--config', file], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.once('exit', endWithUs(pid));
  const output = (): string => Buffer.concat(chunks).toString();
  const url = `http://127.0.0.1:${port}`;
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await exited;
    clearTimeout(timer);
  };
  for (;;) {
    if ((await textOf(`${url}/readyz`)) !== undefined) break;
    if (child.exitCode !== null || performance.now() - started > READY_TIMEOUT_MS) {
      await stop();
      throw new Error(`the gateway did not become ready:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return {
    url,
    adminUrl,
    pid,
    readyAfterMs: performance.now() - started,
    output,
    // Said again by the process that takes the first one's place.
    heapBytes: () =>
      heapOf(
        output()
          .match(/ws:\/\/127\.0\.0\.1:\S+/g)
          ?.at(-1) ?? '',
      ),
    rssBytes: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    children: () => childrenOf(pid),
    openFiles: () => readdirSync(`/proc/${pid}/fd`).length,
    metrics: async () => (await textOf(`${adminUrl}/metrics`)) ?? '',
    stop,
  };
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function heapOf(inspector: string): Promise<number> {
  const socket = new WebSocket(inspector);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`no inspector at ${inspector}`)));
  });
  let id = 0;
  const ask = (method: string): Promise<{ usedSize?: number }> => {
    const own = ++id;
    const { promise, resolve } = Promise.withResolvers<{ usedSize?: number }>();
    const onMessage = (event: MessageEvent): void => {
      const message: { id?: number; result?: { usedSize?: number } } = JSON.parse(String(event.data));
      if (message.id !== own) return;
      socket.removeEventListener('message', onMessage);
      resolve(message.result ?? {});
    };
    socket.addEventListener('message', onMessage);
    socket.send(JSON.stringify({ id: own, method }));
    return promise;
  };
  try {
    for (let i = 0; i < COLLECTIONS; i += 1) await ask('HeapProfiler.collectGarbage');
    return (await ask('Runtime.getHeapUsage')).usedSize ?? Number.NaN;
  } finally {
    socket.close();
  }
}

/** `undefined` where nobody answers with 200. */
function textOf(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (reply) => {
      let text = '';
      reply.setEncoding('utf8');
      reply.on('data', (chunk: string) => {
        text += chunk;
      });
      reply.on('end', () => resolve(reply.statusCode === 200 ? text : undefined));
      reply.on('error', () => resolve(undefined));
    }).on('error', () => resolve(undefined));
  });
}
