/** Limits in Redis, shared by every process of every node: one script call a decision, whatever the algorithms. */
import { FrontdeskError } from '../core/errors.ts';
import type { ScriptStore } from '../state/store.ts';
import { storeKey } from './bucket-key.ts';
import { affords, timesNamed, toldDecision } from './decision.ts';
import { keySuffix, limitArguments, limitScript } from './limit-script.ts';
import type { LimitCheck, LimitDecision, Limiter } from './limiter.ts';

/** Texts of the reply for each limit. */
const WIDTH = 3;

/** Unlike other limiters it rejects when Redis is gone or refuses: the fallback is put around it. */
export class RedisLimiter implements Limiter {
  readonly #store: ScriptStore;

  constructor(store: ScriptStore) {
    this.#store = store;
  }

  async take(checks: readonly LimitCheck[], tokens: number): Promise<readonly LimitDecision[]> {
    const keys: string[] = [];
    const args: (string | number)[] = [tokens];
    for (const { spec, key } of checks) {
      keys.push(storeKey(key) + keySuffix(spec));
      args.push(...limitArguments(spec));
    }
    const reply = await this.#store.run(limitScript(checks), keys, args);
    if (!Array.isArray(reply) || reply.length !== checks.length * WIDTH + 1) throw unexpectedReply();
    const admitted = reply[0] === 1;
    return checks.map(({ spec }, i) => {
      const available = Number(reply[i * WIDTH + 1]);
      const resetMs = Number(reply[i * WIDTH + 2]);
      const retryAfterMs = Number(reply[i * WIDTH + 3]);
      if (!Number.isFinite(available + resetMs + retryAfterMs)) throw unexpectedReply();
      const allowed = admitted || affords(available, tokens * timesNamed(keys, i));
      return toldDecision(spec, tokens, allowed, { available, resetMs, retryAfterMs });
    });
  }
}

function unexpectedReply(): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: 'the script of limits gave an unexpected reply' });
}
