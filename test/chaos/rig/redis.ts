/** A Redis of the experiments: killed, stopped, made a replica, out of memory, busy. It speaks to it in plain RESP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { findOrInstall } from '../../runner/servers.ts';
import { freePorts } from '../../stack/ports.ts';
import { endWithUs } from '../../stack/watchdog.ts';

const START_WITHIN_MS = 10_000;
const POLL_MS = 10;

export function findRedis(): string | undefined {
  return findOrInstall(['redis-server', 'valkey-server'], 'redis-server');
}

export class Redis {
  readonly port: number;
  readonly #program: string;
  #child: ChildProcess;

  private constructor(program: string, port: number) {
    this.#program = program;
    this.port = port;
    this.#child = run(program, port);
  }

  static async start(program: string): Promise<Redis> {
    const [port = 0] = await freePorts(1);
    const redis = new Redis(program, port);
    await redis.#answers();
    return redis;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** On the same port, and empty. */
  async restart(): Promise<void> {
    this.#child = run(this.#program, this.port);
    await this.#answers();
  }

  /** Words of one command; resolves with the answer's text (its first line, for all but bulk strings), or with nothing where the connection ends. */
  async command(...words: readonly string[]): Promise<string> {
    const socket = createConnection({ host: '127.0.0.1', port: this.port });
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.once('data', (data) => resolve(textOf(data.toString())));
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
    socket.write(
      `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
    );
    const line = await promise;
    socket.destroy();
    return line;
  }

  /** Commands that it has executed since its start. */
  async executed(): Promise<number> {
    return Number(/total_commands_processed:(\d+)/.exec(await this.command('INFO', 'stats'))?.[1]);
  }

  async #answers(): Promise<void> {
    const until = performance.now() + START_WITHIN_MS;
    while ((await this.command('PING')) !== '+PONG') {
      if (performance.now() > until) throw new Error(`no Redis on port ${this.port}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function textOf(answer: string): string {
  const lineEnd = answer.indexOf('\r\n');
  return answer.startsWith('$') ? answer.slice(lineEnd + 2) : answer.slice(0, lineEnd);
}

function run(program: string, port: number): ChildProcess {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  // A script counts as busy after a moment, so that the experiment need not wait for five seconds.
  const child = spawn(program, [...args, '--busy-reply-threshold', '20'], { stdio: 'ignore' });
  if (child.pid !== undefined) child.once('exit', endWithUs(child.pid));
  return child;
}
