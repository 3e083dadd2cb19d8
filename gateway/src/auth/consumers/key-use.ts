/**
 * When each API key was used last. A request only writes the time on the key; twice a minute the keys that were used
 * since are told to Redis in one call (`{consumers}:used`, by `CONSUMER/KEY`), so what is read there is at most half a
 * minute old, and a process that is killed takes as much with it.
 */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { defineScript, type ScriptStore } from '../../state/store.ts';
import { keyOf } from '../revocation/revocation-marks.ts';
import type { KnownKey } from './consumer-key.ts';

const KEYS = ['{consumers}:used'];
const TELL_EVERY_MS = 30_000;
const AT_ONCE = 500;
const KEEP_MS = 400 * 86_400_000;

/** The later of what is there and what comes. */
const TELL = defineScript(`
for i = 2, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[1], ARGV[i])
  if not known or tonumber(known) < tonumber(ARGV[i + 1]) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`);
const READ = defineScript(`
local answer = {}
for i, name in ipairs(ARGV) do answer[i] = redis.call('HGET', KEYS[1], name) or '' end
return answer`);

export interface KeyUseOptions {
  /** `undefined` where the state is this process's alone: then it knows its own. */
  readonly store: Pick<ScriptStore, 'run'> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class KeyUse {
  readonly #options: KeyUseOptions;
  readonly #used = new Set<KnownKey>();
  /** What is not in Redis: all of it where there is none. */
  readonly #here = new Map<string, number>();
  #disarm: (() => void) | undefined;

  constructor(options: KeyUseOptions) {
    this.#options = options;
  }

  /** The first use of a key since it was told. */
  readonly note = (key: KnownKey): void => {
    this.#used.add(key);
    this.#disarm ??= this.#options.clock.after(TELL_EVERY_MS, () => void this.tell());
  };

  /** Wall clock, ms, of the last use of each `[consumer, key]`; `undefined` for none. Never rejects. */
  async lastUses(names: readonly (readonly [string, string])[]): Promise<(number | undefined)[]> {
    const fields = names.map(([consumer, key]) => keyOf(consumer, key));
    let told: unknown;
    try {
      if (fields.length > 0) told = await this.#options.store?.run(READ, KEYS, fields);
    } catch {
      // What this process knows is better than nothing.
    }
    this.#gather();
    return fields.map((field, i) => {
      const there = Array.isArray(told) ? Number(told[i]) : 0;
      const last = Math.max(there, this.#here.get(field) ?? 0);
      return last > 0 ? last : undefined;
    });
  }

  /** Tells now. What cannot be told is kept for the next time. */
  async tell(): Promise<void> {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#gather();
    const { store, logger } = this.#options;
    if (!store) return;
    const fields = [...this.#here];
    try {
      for (let i = 0; i < fields.length; i += AT_ONCE) {
        const part = fields.slice(i, i + AT_ONCE);
        await store.run(TELL, KEYS, [KEEP_MS, ...part.flat()]);
        for (const [field, at] of part) if (this.#here.get(field) === at) this.#here.delete(field);
      }
    } catch (error) {
      logger.debug({ reason: String(error) }, 'the last uses of API keys could not be told');
    }
  }

  /** Tells what is left. */
  async close(): Promise<void> {
    await this.tell();
    this.#disarm?.();
  }

  #gather(): void {
    for (const key of this.#used) {
      const { consumer } = key.identity;
      if (consumer !== undefined) this.#here.set(keyOf(consumer, key.id), key.usedAt);
      // The next use notes it again.
      key.usedAt = 0;
    }
    this.#used.clear();
  }
}
