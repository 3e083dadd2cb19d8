/**
 * Keeps one process running. One that ends is started again, later and later while it does not live; one that falls silent,
 * as in an endless loop, is killed and another takes its place; one is replaced by starting its successor first, so that there
 * is always one that serves. At most two are there at a time.
 */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Child } from './child.ts';
import type { ProcessConfig } from './config.ts';
import { BEAT, isReady } from './link.ts';
import type { ProcessMetrics } from './metrics.ts';

const GOOD_LIFE_MS = 60_000;
const MOST_DOUBLINGS = 20;
/** When it ends for good nobody asks it anything any more. */
const CLOSE_WITHIN_MS = 5_000;

export type ProcessState = 'starting' | 'ready' | 'waiting' | 'closed';

export interface SupervisorOptions {
  /** Its name in logs and metrics. */
  readonly name: string;
  readonly config: ProcessConfig;
  /** Starts the process of this number, counted from 1. */
  readonly start: (generation: number) => Child;
  /** The process of this number serves from now on, and the one before it no longer. Throws where it cannot. */
  readonly publish: (generation: number) => void;
  /** One that lived for so long failed for another reason than the last one: it is not waited for longer. Default: a minute. */
  readonly goodLifeMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ProcessMetrics;
}

interface Running {
  readonly child: Child;
  readonly generation: number;
  readonly startedAt: number;
  readonly ended: Promise<string>;
  readonly ready: Promise<void>;
  facts: Readonly<Record<string, string>>;
  heardAt: number;
  isReady: boolean;
  isOver: boolean;
  stopBeats: () => void;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  #current: Running | undefined;
  #generation = 0;
  #failures = 0;
  #restarts = 0;
  #lastEnd: string | undefined;
  #state: ProcessState = 'waiting';
  #cancelRestart: (() => void) | undefined;
  /** Those that are on their way out. */
  readonly #leaving = new Set<Running>();
  /** One replacement after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Why the last one ended that was not told to. */
  get lastEnd(): string | undefined {
    return this.#lastEnd;
  }

  /** Starts it. Resolves when it serves or its first start has failed: then it is tried again by and by. */
  async begin(): Promise<void> {
    await this.#startAgain();
  }

  /**
   * Another takes its place as soon as it serves; the old one finishes what it has begun. Rejects where the new one does not
   * become ready: then the old one goes on.
   */
  replace(): Promise<void> {
    const replaced = this.#turn.then(() => this.#replace());
    this.#turn = replaced.catch(() => {});
    return replaced;
  }

  /** Ends it, and waits for that: for so long at most. */
  async close(withinMs = CLOSE_WITHIN_MS): Promise<void> {
    this.#closed = true;
    this.#setState('closed');
    this.#cancelRestart?.();
    if (this.#current) this.#dismiss(this.#current, withinMs);
    this.#current = undefined;
    await Promise.all([...this.#leaving].map(({ ended }) => ended));
  }

  /** For operators. */
  get view(): object {
    const current = this.#current;
    return {
      state: this.#state,
      pid: current?.child.pid ?? null,
      generation: current?.generation ?? null,
      aliveForMs: current ? Math.round(this.#options.clock.now() - current.startedAt) : null,
      restarts: this.#restarts,
      lastEnd: this.#lastEnd ?? null,
      leaving: this.#leaving.size,
      ...current?.facts,
    };
  }

  async #startAgain(): Promise<void> {
    if (this.#closed) return;
    this.#setState('starting');
    const running = this.#launch();
    this.#current = running;
    try {
      await running.ready;
      // Another may have taken its place meanwhile.
      if (this.#current === running) this.#publish(running);
    } catch (error) {
      this.#fail(running, error);
    }
  }

  async #replace(): Promise<void> {
    if (this.#closed) throw new Error('it is closed');
    const running = this.#launch();
    try {
      await running.ready;
      if (this.#closed) throw new Error('it is closed');
      this.#options.publish(running.generation);
    } catch (error) {
      this.#dismiss(running);
      throw error;
    }
    const old = this.#current;
    this.#cancelRestart?.();
    this.#current = running;
    this.#serve(running);
    this.#options.logger.info(
      { process: this.#options.name, pid: running.child.pid, generation: running.generation },
      'a process took the place of another',
    );
    if (old && !old.isOver) this.#dismiss(old);
  }

  #publish(running: Running): void {
    this.#options.publish(running.generation);
    this.#serve(running);
    const { name, logger } = this.#options;
    logger.info(
      { process: name, pid: running.child.pid, generation: running.generation },
      'a process serves',
    );
  }

  #serve(running: Running): void {
    this.#setState('ready');
    this.#beat(running);
    void running.ended.then((reason) => {
      if (this.#current === running) this.#fail(running, new Error(reason));
    });
  }

  /** The one that shall serve does not: it is gone, or never became ready. */
  #fail(running: Running, error: unknown): void {
    if (this.#closed || this.#current !== running) return;
    const reason = error instanceof Error ? error.message : String(error);
    const { clock, config, logger, metrics, name, goodLifeMs = GOOD_LIFE_MS } = this.#options;
    running.stopBeats();
    if (!running.isOver) running.child.kill('SIGKILL');
    this.#lastEnd = reason;
    this.#failures = clock.now() - running.startedAt >= goodLifeMs ? 1 : this.#failures + 1;
    this.#current = undefined;
    this.#setState('waiting');
    const waitMs = Math.min(
      config.maxBackoff,
      config.backoff * 2 ** Math.min(this.#failures - 1, MOST_DOUBLINGS),
    );
    this.#restarts += 1;
    metrics.restarts(1, name);
    logger.error(
      { process: name, pid: running.child.pid, reason, waitMs },
      'a process ended: another is started',
    );
    this.#cancelRestart = clock.after(waitMs, () => void this.#startAgain());
  }

  #launch(): Running {
    const { start, clock, config } = this.#options;
    this.#generation += 1;
    const child = begun(() => start(this.#generation));
    const ended = Promise.withResolvers<string>();
    const ready = Promise.withResolvers<void>();
    const now = clock.now();
    const running: Running = {
      child,
      generation: this.#generation,
      startedAt: now,
      ended: ended.promise,
      ready: ready.promise,
      facts: {},
      heardAt: now,
      isReady: false,
      isOver: false,
      stopBeats: () => {},
    };
    ready.promise.catch(() => {});
    const disarm = clock.after(config.startWithin, () =>
      ready.reject(new Error(`it was not ready after ${config.startWithin} ms`)),
    );
    child.onMessage((message) => {
      running.heardAt = clock.now();
      if (!isReady(message)) return;
      running.facts = message.facts;
      running.isReady = true;
      disarm();
      ready.resolve();
    });
    child.onEnd((reason) => {
      running.isOver = true;
      disarm();
      running.stopBeats();
      ready.reject(new Error(`it ended before it was ready: ${reason}`));
      ended.resolve(reason);
    });
    return running;
  }

  /** Asks again and again whether it is there. */
  #beat(running: Running): void {
    const { clock, config, logger, metrics, name } = this.#options;
    running.heardAt = clock.now();
    let askedAt = clock.now();
    const ask = (): void => {
      const now = clock.now();
      // We ourselves may have been held up: then silence says nothing of it until it has been asked again.
      const heldUp = now - askedAt > config.heartbeat + config.silence / 2;
      askedAt = now;
      if (heldUp) running.heardAt = now;
      if (now - running.heardAt >= config.silence) {
        metrics.hangs(1, name);
        logger.error(
          { process: name, pid: running.child.pid, silentMs: now - running.heardAt },
          'a process hangs: it is killed',
        );
        running.child.kill('SIGKILL');
        return;
      }
      running.child.send(BEAT);
      running.stopBeats = clock.after(config.heartbeat, ask);
    };
    ask();
  }

  /** It finishes what it has begun, for so long, and goes. */
  #dismiss(running: Running, withinMs = this.#options.config.drainWithin): void {
    const { clock, logger, name } = this.#options;
    running.stopBeats();
    if (running.isOver) return;
    this.#leaving.add(running);
    running.child.kill('SIGTERM');
    const disarm = clock.after(withinMs, () => {
      logger.warn({ process: name, pid: running.child.pid }, 'a process did not go by itself: it is killed');
      running.child.kill('SIGKILL');
    });
    void running.ended.then(() => {
      disarm();
      this.#leaving.delete(running);
    });
  }

  #setState(state: ProcessState): void {
    if (this.#state === 'closed') return;
    this.#state = state;
    this.#options.metrics.ready(state === 'ready' ? 1 : 0, this.#options.name);
  }
}

/** One that cannot be started (there is no memory, no place for files) is one that ends at once. */
function begun(start: () => Child): Child {
  try {
    return start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { pid: undefined, send() {}, onMessage() {}, onEnd: (listener) => listener(reason), kill() {} };
  }
}
