/** One backend of the experiments: a process that can be killed, stopped and started again on its port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface EchoStats {
  readonly inFlight: number;
  /** Most at once since it was asked last. */
  readonly peak: number;
  /** When each request came since it was asked last, milliseconds since the epoch. */
  readonly came: readonly number[];
}

export class EchoBackend {
  readonly port: number;
  readonly #address: string;
  #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, address: string) {
    this.#child = child;
    this.port = port;
    this.#address = address;
  }

  static async start(port = 0, address = '127.0.0.1'): Promise<EchoBackend> {
    const { child, bound } = await run(port, address);
    return new EchoBackend(child, bound, address);
  }

  get url(): string {
    return `http://${this.#address}:${this.port}`;
  }

  async tell(mode: 'well' | 'errors' | `slow-${number}`): Promise<void> {
    await (await fetch(`${this.url}/mode/${mode}`, { method: 'POST' })).arrayBuffer();
  }

  async stats(): Promise<EchoStats> {
    const stats: EchoStats = JSON.parse(await (await fetch(`${this.url}/stats`)).text());
    return stats;
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

  async restart(): Promise<void> {
    this.#child = (await run(this.port, this.#address)).child;
  }
}

async function run(port: number, address: string): Promise<{ child: ChildProcess; bound: number }> {
  const program = join(import.meta.dirname, 'echo-program.ts');
  const child = spawn(process.execPath, [program, String(port), address], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line]: unknown[] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => ['0']),
  ]);
  const bound = Number(String(line).trim());
  if (!bound) throw new Error(`no backend on ${address}:${port}`);
  return { child, bound };
}
