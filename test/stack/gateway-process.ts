/** A gateway as its operators run it: the command line in a process of its own, known by what it says and answers. */
import { type ChildProcess, spawn } from 'node:child_process';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { ROOT } from './config.ts';
import { endWithUs } from './watchdog.ts';

/** Several workers on a machine that does much else take long. */
const READY_TIMEOUT_MS = 240_000;
const POLL_MS = 25;

export interface GatewayProcess {
  readonly url: string;
  readonly adminUrl: string;
  readonly pid: number;
  /** Everything it wrote so far. */
  output(): string;
  /** Resolves with the exit code; `undefined` when a signal ended it. */
  readonly exited: Promise<number | undefined>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when it is still there `graceMs` later. */
  stop(graceMs?: number): Promise<void>;
}

export interface GatewayOptions {
  readonly configPath: string;
  readonly port: number;
  readonly adminPort: number;
  /** Whether it speaks TLS. */
  readonly secure?: boolean;
  /** For node itself. */
  readonly nodeOptions?: readonly string[];
  /** Called with each piece of its output; kept as well. */
  readonly onOutput?: (chunk: Buffer) => void;
  /** Called as soon as there is a process, long before it is ready. */
  readonly onSpawn?: (gateway: GatewayProcess) => void;
}

/** Rejects with all that the process wrote when it ends, or is not ready in time. Nothing is left running then. */
export async function startGateway(options: GatewayOptions): Promise<GatewayProcess> {
  const main = join(ROOT, 'gateway/src/main.ts');
  const args = [...(options.nodeOptions ?? []), main, 'serve', '--config', options.configPath];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  const keep = (chunk: Buffer): void => {
    chunks.push(chunk);
    options.onOutput?.(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? undefined));
  });
  const gateway: GatewayProcess = {
    url: `${options.secure ? 'https' : 'http'}://127.0.0.1:${options.port}`,
    adminUrl: `http://127.0.0.1:${options.adminPort}`,
    pid: child.pid ?? 0,
    output: () => Buffer.concat(chunks).toString(),
    exited,
    signal: (name) => child.kill(name),
    stop: (graceMs = 10_000) => stop(child, exited, graceMs),
  };
  if (child.pid !== undefined) child.once('exit', endWithUs(child.pid));
  options.onSpawn?.(gateway);
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  if (await becomesReady(gateway.url, hasEnded)) return gateway;
  await gateway.stop(0);
  throw new GatewayFailed(gateway.output());
}

export class GatewayFailed extends Error {
  readonly output: string;

  constructor(output: string) {
    super(`the gateway did not become ready:\n${output}`);
    this.output = output;
  }
}

/** Whether what is to serve at `url` is ready in time, and has not ended. */
export async function becomesReady(url: string, hasEnded: () => boolean): Promise<boolean> {
  const until = performance.now() + READY_TIMEOUT_MS;
  while (!hasEnded() && performance.now() < until) {
    if (await isReady(url)) return !hasEnded();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

/** By node:http, because `fetch` refuses some ports that are otherwise good (6000, 6697, 10080). */
function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const { get } = url.startsWith('https:') ? https : http;
    // Whether it is ready, not who it is; and a connection that stays would hold up its end.
    get(`${url}/readyz`, { rejectUnauthorized: false, agent: false }, (reply) => {
      reply.resume();
      resolve(reply.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

async function stop(child: ChildProcess, exited: Promise<unknown>, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exited;
  clearTimeout(timer);
}
