/**
 * Counts the processes that share the limits: each says every few seconds in Redis that it lives, and learns how many
 * do. When Redis is gone, the last count stands; it is what the local fallback divides by.
 */
import type { Clock } from '../core/clock.ts';
import { defineScript, type ScriptStore } from '../state/store.ts';

const BEAT_MS = 5000;
/** Three beats missed: a process that died is counted no longer. */
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
      if (typeof count === 'number') this.#counted = count;
    } catch {
      // The store tells of its own absence; the last count stands.
    }
    if (!this.#stopped) this.#stop = clock.after(BEAT_MS, () => void this.beat());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop?.();
    await this.#options.store.run(leaveScript, KEYS, [this.#options.id]).catch(() => {});
  }
}
