/** What `serve` hears of its process: signals to end, and errors that nobody handles. */
import type { Running } from '../running.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

/** What the command needs of the process. */
export interface Signals {
  on(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGUSR2', listener: () => void): unknown;
  on(event: 'unhandledRejection', listener: (error: unknown) => void): unknown;
  on(event: 'uncaughtException', listener: (error: Error) => void): unknown;
  exit(code: number): void;
}

const LONGEST_TIMER_MS = 2_147_483_647;
const EXIT_INTERRUPTED = 130;

/**
 * SIGTERM and SIGINT: the first asks for an end, in peace once something serves and at once before; a second one ends the
 * process. Until `hasTried` is called the process does not end for want of work either.
 */
export class StopSignals {
  readonly #why = Promise.withResolvers<string>();
  readonly #letGo = stayAlive();
  #isAsked = false;
  #serves = false;

  /** `onAsked` is called at each signal, before anything is done about it. */
  constructor(signals: Signals, terminal: Terminal, onAsked: () => void = () => {}) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      signals.on(signal, () => {
        if (this.#isAsked) signals.exit(EXIT_INTERRUPTED);
        this.#isAsked = true;
        onAsked();
        if (!this.#serves) {
          terminal.err(`${signal}: ending before anything was served\n`);
          this.#letGo();
          signals.exit(EXIT_OK);
        }
        this.ask(signal);
      });
    }
  }

  /** Resolves with why it is to end. */
  get why(): Promise<string> {
    return this.#why.promise;
  }

  /** Asks for an end for another reason than a signal. */
  ask(why: string): void {
    this.#why.resolve(why);
  }

  /** From now on there is something to finish before the end. */
  serves(): void {
    this.#serves = true;
  }

  /** The start is over, however it ended. */
  hasTried(): void {
    this.#letGo();
  }
}

/** A BFF's are held; any other ends the process, as it would without us. */
export function holdStrayErrors(running: Pick<Running, 'holds'>, terminal: Terminal, signals: Signals): void {
  const judge = (error: unknown, kind: 'rejection' | 'exception'): void => {
    if (running.holds(error, kind)) return;
    terminal.err(`an error that nobody handles: ${error instanceof Error ? error.stack : String(error)}\n`);
    signals.exit(EXIT_FAILED);
  };
  signals.on('unhandledRejection', (error) => judge(error, 'rejection'));
  signals.on('uncaughtException', (error) => judge(error, 'exception'));
}

/**
 * Until the returned function is called this process does not end for want of work. A start may wait for nothing but a
 * delay before the next try (keys, endpoints), and no `Clock` keeps a process alive.
 */
function stayAlive(): () => void {
  const timer = setInterval(() => {}, LONGEST_TIMER_MS);
  return () => clearInterval(timer);
}
