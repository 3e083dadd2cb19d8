/**
 * Gateways that serve by the real command in one process beside this one (gateway/src/cli/serve-many.fixture.ts), rather than in a process
 * each: for tests of what a gateway answers. Tests of its process, such as of its signals, its end or its workers, start
 * one of its own by `startGateway`.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { ROOT } from './config.ts';
import { becomesReady, GatewayFailed, type GatewayOptions, type GatewayProcess } from './gateway-process.ts';

/** What it is told. */
type Order =
  | { readonly id: number; readonly config: string }
  | { readonly id: number; readonly signal: NodeJS.Signals };

/** What it tells. */
interface Ended {
  readonly id: number;
  readonly code: number;
}

/** As `serve` starts itself. */
const FLAGS = ['--max-semi-space-size=64', '--no-parallel-scavenge'];

class GatewayHost {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #reports: Socket;
  /** Gateways that serve, or are about to: what becomes of each. */
  readonly #serving = new Map<number, (code: number | undefined) => void>();
  readonly #listeners = new Set<(chunk: Buffer) => void>();
  #last = 0;
  isGone = false;

  constructor() {
    const main = join(ROOT, 'gateway/src/cli/serve-many.fixture.ts');
    this.#child = spawn(process.execPath, [...FLAGS, main], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    const { stdout, stderr, stdio } = this.#child;
    const reports = stdio[3];
    if (!(reports instanceof Socket)) throw new TypeError('a pipe is a socket here');
    this.#reports = reports;
    for (const stream of [stdout, stderr]) {
      stream.on('data', (chunk: Buffer) => {
        for (const listener of this.#listeners) listener(chunk);
      });
    }
    createInterface({ input: reports }).on('line', (line) => {
      const { id, code }: Ended = JSON.parse(line);
      this.#end(id, code);
    });
    this.#child.once('exit', () => {
      this.isGone = true;
      for (const id of this.#serving.keys()) this.#end(id, undefined);
    });
    this.#stay(false);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves `exited` when it has ended: with `undefined` where the whole process did. */
  serve(
    config: string,
    onOutput: (chunk: Buffer) => void,
  ): { id: number; exited: Promise<number | undefined> } {
    this.#last += 1;
    const id = this.#last;
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    this.#serving.set(id, (code) => {
      this.#listeners.delete(onOutput);
      resolve(code);
    });
    this.#listeners.add(onOutput);
    this.#stay(true);
    this.#say({ id, config });
    return { id, exited: promise };
  }

  signal(id: number, signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL') this.#child.kill(signal);
    else this.#say({ id, signal });
  }

  #say(order: Order): void {
    if (!this.isGone) this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  #end(id: number, code: number | undefined): void {
    this.#serving.get(id)?.(code);
    this.#serving.delete(id);
    if (this.#serving.size === 0) this.#stay(false);
  }

  /** Whether this process waits for it. */
  #stay(stays: boolean): void {
    const { stdin, stdout, stderr } = this.#child;
    for (const stream of [stdin, stdout, stderr, this.#reports]) {
      if (stream instanceof Socket) stays ? stream.ref() : stream.unref();
    }
    if (stays) this.#child.ref();
    else this.#child.unref();
  }
}

let host: GatewayHost | undefined;

/** As `startGateway`, but what it gives has its process id in common with others; SIGKILL ends them all. */
export async function startHostedGateway(options: GatewayOptions): Promise<GatewayProcess> {
  if (!host || host.isGone) host = new GatewayHost();
  const { pid } = host;
  const own = host;
  const chunks: Buffer[] = [];
  const { id, exited } = own.serve(options.configPath, (chunk) => {
    chunks.push(chunk);
    options.onOutput?.(chunk);
  });
  let hasEnded = false;
  void exited.then(() => {
    hasEnded = true;
  });
  const gateway: GatewayProcess = {
    url: `${options.secure ? 'https' : 'http'}://127.0.0.1:${options.port}`,
    adminUrl: `http://127.0.0.1:${options.adminPort}`,
    pid,
    output: () => Buffer.concat(chunks).toString(),
    exited,
    signal: (name) => own.signal(id, name),
    stop: async (graceMs = 10_000) => {
      if (hasEnded) return;
      own.signal(id, 'SIGTERM');
      const timer = setTimeout(() => own.signal(id, 'SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
  options.onSpawn?.(gateway);
  if (await becomesReady(gateway.url, () => hasEnded)) return gateway;
  await gateway.stop(0);
  throw new GatewayFailed(gateway.output());
}
