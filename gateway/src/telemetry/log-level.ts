/** The level of the events' log while the gateway runs: another one holds for a time, then the configured one again. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { LeveledLogger, LogLevel } from './log.ts';

export interface LevelView {
  readonly level: LogLevel;
  readonly configured: LogLevel;
  /** Milliseconds since the epoch; `undefined` where it is the configured one. */
  readonly until: number | undefined;
}

export interface LogLevelOptions {
  readonly logger: LeveledLogger & Pick<Logger, 'warn'>;
  readonly configured: LogLevel;
  readonly clock: Clock;
}

export class LogLevelSwitch {
  readonly #options: LogLevelOptions;
  #until: number | undefined;
  #callOff: (() => void) | undefined;

  constructor(options: LogLevelOptions) {
    this.#options = options;
  }

  view(): LevelView {
    return {
      level: this.#options.logger.level,
      configured: this.#options.configured,
      until: this.#until,
    };
  }

  /** Holds for `forMs`, and then returns by itself. */
  set(level: LogLevel, forMs: number): void {
    const { logger, clock, configured } = this.#options;
    this.#callOff?.();
    // Said in the one of both levels that shows it.
    logger.warn({ level, forMs }, 'the log level was changed');
    logger.level = level;
    this.#until = clock.wall() + forMs;
    this.#callOff = clock.after(forMs, () => {
      logger.level = configured;
      this.#until = undefined;
      logger.warn({ level: configured }, 'the log level is the configured one again');
    });
  }

  close(): void {
    this.#callOff?.();
  }
}
