/** SIGUSR2: a successor of this process, from the code that is on the disk now, takes over the ports; then this one goes. */
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { startSuccessor } from '../processes/succession.ts';
import { workerSettings } from '../workers/config.ts';
import { reasonOf } from './reason.ts';
import type { Serving } from './serve-primary.ts';
import type { Terminal } from './terminal.ts';
import { withYoungGeneration } from './young-generation.ts';

export class Upgrade {
  readonly #terminal: Terminal;
  #serving: Pick<Serving, 'listening'> | undefined;
  #config: Config | undefined;
  #isUnderWay = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** From now on there is something to pass on. */
  serves(serving: Pick<Serving, 'listening'>, config: Config): void {
    this.#serving = serving;
    this.#config = config;
  }

  /** Whether a successor serves. Never rejects: where none does, this one goes on, and why is told. */
  async begin(): Promise<boolean> {
    if (this.#isUnderWay) return false;
    this.#isUnderWay = true;
    try {
      const pid = await this.#succeed();
      this.#terminal.err(`SIGUSR2: process ${pid} serves in place of ${process.pid}\n`);
      return true;
    } catch (error) {
      this.#terminal.err(`SIGUSR2: this process goes on, no successor serves: ${reasonOf(error)}\n`);
      return false;
    } finally {
      this.#isUnderWay = false;
    }
  }

  #succeed(): Promise<number> {
    const [serving, config] = [this.#serving, this.#config];
    if (!serving || !config) throw new Error('this process does not serve yet');
    if (config.listen.socket !== undefined) {
      throw new Error('listen.socket cannot be passed on: its file goes with the process that made it');
    }
    return startSuccessor({
      execArgv: withYoungGeneration(process.execArgv),
      args: process.argv.slice(1),
      env: process.env,
      listening: (listener) => serving.listening[listener],
      startWithinMs: workerSettings(config.workers).startWithin,
      clock: systemClock,
    });
  }
}
