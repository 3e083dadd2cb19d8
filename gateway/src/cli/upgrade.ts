/**
 * SIGUSR2: a successor of this process, from the code that is on the disk now, takes over the ports; then this one goes. There
 * is one at a time, and none of a process that is told to go.
 */
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { startSuccessor } from '../processes/succession.ts';
import { workerSettings } from '../workers/config.ts';
import { reasonOf } from './reason.ts';
import { type Serving, workerCount } from './serve-primary.ts';
import type { Terminal } from './terminal.ts';
import { withYoungGeneration } from './young-generation.ts';

export class Upgrade {
  readonly #terminal: Terminal;
  readonly #start: typeof startSuccessor;
  #serving: Pick<Serving, 'listening'> | undefined;
  #config: Config | undefined;
  #handed: (() => object | undefined) | undefined;
  /** Of the successor that starts. */
  #starting: AbortController | undefined;
  /** Why there is to be none any more. */
  #isOver: string | undefined;

  constructor(terminal: Terminal, start = startSuccessor) {
    this.#terminal = terminal;
    this.#start = start;
  }

  /** From now on there is something to pass on. `handed`: what is in force. */
  serves(serving: Pick<Serving, 'listening'>, config: Config, handed?: () => object | undefined): void {
    this.#serving = serving;
    this.#config = config;
    this.#handed = handed;
  }

  /** Whether a successor serves. Never rejects: where none does, this one goes on, and why is told. */
  async begin(): Promise<boolean> {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#terminal.err(`SIGUSR2: nothing is done: ${refusal}\n`);
      return false;
    }
    const starting = new AbortController();
    this.#starting = starting;
    try {
      const pid = await this.#succeed(starting.signal);
      this.#isOver = `process ${pid} has taken the place of this one`;
      this.#terminal.err(`SIGUSR2: process ${pid} serves in place of ${process.pid}\n`);
      return true;
    } catch (error) {
      this.#terminal.err(`SIGUSR2: this process goes on, no successor serves: ${reasonOf(error)}\n`);
      return false;
    } finally {
      this.#starting = undefined;
    }
  }

  /** This process is told to go, and nobody is to serve in its place. */
  cancel(): void {
    this.#isOver ??= 'this process is on its way out';
    this.#starting?.abort(new Error('this process was told to go'));
  }

  #refusal(): string | undefined {
    if (this.#isOver !== undefined) return this.#isOver;
    if (this.#starting) return 'a successor is starting already';
    const config = this.#config;
    if (!this.#serving || !config) return 'this process does not serve yet';
    if (config.listen.socket !== undefined) {
      return 'listen.socket cannot be passed on: its file goes with the process that made it';
    }
    if (typeof config.state === 'object' && 'file' in config.state && workerCount({ config }) === 1) {
      return 'state.file is held until this process ends: stop it and start another, or let it have workers';
    }
    return undefined;
  }

  #succeed(signal: AbortSignal): Promise<number> {
    const [serving, config] = [this.#serving, this.#config];
    if (!serving || !config) throw new Error('this process does not serve yet');
    return this.#start({
      execArgv: withYoungGeneration(process.execArgv),
      args: process.argv.slice(1),
      env: process.env,
      listening: (listener) => serving.listening[listener],
      handed: this.#handed,
      signal,
      startWithinMs: workerSettings(config.workers).startWithin,
      clock: systemClock,
    });
  }
}
