/**
 * Counts the processes that share the limits: each says every second in Redis that it lives, and learns how many
 * do. When Redis is gone, the last count stands; it is what the local fallback divides by. A count that falls is
 * believed after a while: a Redis that lost its memory counts from one again.
 */
import type { Clock } from '../core/clock.ts';
import { defineScript, type ScriptStore } from '../state/store.ts';

/** So late at most others hear of a process that came: till then their shares are too large. */
const BEAT_MS = 1000;
/** Those that start together know of each other sooner. */
const FIRST_BEATS = 10;
const FIRST_BEAT_MS = 100;
/** A process that stands still for less is counted on; one that died is counted no longer. */
const ALIVE_MS = 15_000;

const beatScript = defineScript(`
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], clock, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', clock - ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`);

const leaveScript = defineScript(`return redis.call('ZREM', KEYS[1], ARGV[1])`);

const KEYS = ['frontdesk:processes'] as const;

export interface ProcessCountOptions {
  readonly store: ScriptStore;
  readonly clock: Clock;
  /** This process, unlike any other. */
  readonly id: string;
  /** Processes on this node, known without asking: the least that is counted. */
  readonly workers: number;
}

export class ProcessCount {
  readonly #options: ProcessCountOptions;
  #counted = 1;
  /** How long a smaller count is not believed. */
  #countedUntilMs = 0;
  #beats = 0;
  #stop: (() => void) | undefined;
  #stopped = false;

  constructor(options: ProcessCountOptions) {
    this.#options = options;
  }

  get value(): number {
    return Math.max(this.#counted, this.#options.workers, 1);
  }

  /** Beats now and from then on. Never rejects. */
  async beat(): Promise<void> {
    if (this.#stopped) return;
    const { store, clock, id } = this.#options;
    this.#stop?.();
    try {
      const count = await store.run(beatScript, KEYS, [id, ALIVE_MS]);
      if (typeof count === 'number') this.#believe(count);
    } catch {
      // The store tells of its own absence; the last count stands.
    }
    this.#stop?.();
    if (this.#stopped) return;
    this.#beats += 1;
    const againMs = this.#beats < FIRST_BEATS ? FIRST_BEAT_MS : BEAT_MS;
    this.#stop = clock.after(againMs, () => void this.beat());
  }

  #believe(count: number): void {
    const nowMs = this.#options.clock.now();
    if (count < this.#counted && nowMs < this.#countedUntilMs) return;
    this.#counted = count;
    this.#countedUntilMs = nowMs + ALIVE_MS;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop?.();
    await this.#options.store.run(leaveScript, KEYS, [this.#options.id]).catch(() => {});
  }
}
