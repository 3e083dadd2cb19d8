/** A gateway of the experiments: a process with a configuration of its own, on ports of its own, seen from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { ROOT } from '../../stack/config.ts';
import { freePorts } from '../../stack/ports.ts';
import { endWithUs } from '../../stack/watchdog.ts';
import { GatewayLog } from './gateway-log.ts';

export interface GatewayOptions {
  readonly folder: string;
  /** Without `listen.port` and `admin`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Put before the command, such as `['prlimit', '--nofile=100']`. */
  readonly under?: readonly string[];
  /** Of Node itself. */
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where its standard output goes; dropped by default. */
  readonly stdout?: Writable;
}

const READY_WITHIN_MS = 120_000;
const POLL_MS = 20;

export class Gateway {
  readonly port: number;
  readonly adminUrl: string;
  readonly #child: ChildProcess;
  readonly #file: string;
  readonly #options: GatewayOptions;
  readonly #exited: Promise<number | undefined>;
  /** Its standard error and its workers'. */
  readonly output = new GatewayLog();
  #isTold = false;

  private constructor(options: GatewayOptions, [port, adminPort]: readonly [number, number]) {
    const { folder, under = [], nodeOptions = [], env = {}, stdout = 'ignore' } = options;
    this.port = port;
    this.adminUrl = `http://127.0.0.1:${adminPort}`;
    const admin = { ...recordOf(options.config.admin), port: adminPort };
    this.#options = { ...options, config: { ...options.config, admin } };
    this.#file = join(folder, `gateway-${port}.yaml`);
    this.write(options.config);
    const main = join(ROOT, 'gateway/src/main.ts');
    const command = [...under, process.execPath, ...nodeOptions, main, 'serve', '--config', this.#file];
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', stdout, 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => this.output.add(chunk));
    this.#exited = once(this.#child, 'exit').then(([code]) => (typeof code === 'number' ? code : undefined));
    if (this.#child.pid !== undefined) this.#child.once('exit', endWithUs(this.#child.pid));
  }

  /** Resolves when it is ready. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const [port = 0, adminPort = 0] = await freePorts(2);
    const gateway = new Gateway(options, [port, adminPort]);
    const until = performance.now() + READY_WITHIN_MS;
    while (gateway.isAlive && performance.now() < until) {
      if (await gateway.isReady()) return gateway;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await gateway.stop();
    throw new Error(`the gateway did not become ready:\n${gateway.log}`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its log (standard error), the last of it. */
  get log(): string {
    return this.output.text;
  }

  /** Errors that nobody handled and no experiment announced; its own end, where nobody told it to. */
  get crashes(): readonly string[] {
    const ended = !this.isAlive && !this.#isTold ? ['the gateway ended without being told to'] : [];
    return [...this.output.crashes, ...ended];
  }

  /** Resolves with the exit code; `undefined` when a signal ended it. */
  get exited(): Promise<number | undefined> {
    return this.#exited;
  }

  isReady(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.port}/readyz`).then(
      async (reply) => {
        await reply.arrayBuffer();
        return reply.status === 200;
      },
      () => false,
    );
  }

  /** Another configuration, whole or not at all; `text` for one that is none. */
  write(config: Readonly<Record<string, unknown>>, text = this.text(config)): void {
    writeFileSync(`${this.#file}.new`, text);
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** A configuration as it is written for this gateway, on its ports. */
  text(config: Readonly<Record<string, unknown>>): string {
    const written = { host: '127.0.0.1', drain: { announce: '0ms', idle: '100ms' } };
    const listen = { ...written, ...recordOf(config.listen), port: this.port };
    const { admin } = this.#options.config;
    return JSON.stringify({ ...config, admin, listen });
  }

  /** Asks the operators' port, with the token where there is one. */
  admin(path: string, init: RequestInit = {}): Promise<Response> {
    const token = Reflect.get(recordOf(this.#options.config.admin), 'token');
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return fetch(`${this.adminUrl}${path}`, { ...init, headers: { ...init.headers, ...authorization } });
  }

  signal(name: NodeJS.Signals): void {
    if (name === 'SIGTERM' || name === 'SIGKILL') this.#isTold = true;
    this.#child.kill(name);
  }

  openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  metrics(): Promise<string> {
    return this.admin('/metrics').then((reply) => reply.text());
  }

  /** The sum of a metric's series that have all these labels, as they are written (`upstream="x"`). */
  async metric(name: string, ...labels: readonly string[]): Promise<number> {
    return (await this.metrics())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => labels.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return;
    this.signal('SIGTERM');
    this.signal('SIGCONT');
    const timer = setTimeout(() => this.signal('SIGKILL'), 10_000);
    await this.#exited;
    clearTimeout(timer);
  }
}

function recordOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
