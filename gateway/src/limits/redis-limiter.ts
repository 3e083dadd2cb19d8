/** Token buckets in Redis, shared by every process of every node: one script call a decision. */
import { FrontdeskError } from '../core/errors.ts';
import type { ScriptStore } from '../state/store.ts';
import { storeKey } from './bucket-key.ts';
import type { LimitCheck, LimitDecision, Limiter } from './limiter.ts';
import { tokenBucketScript } from './token-bucket.lua.ts';
import { affords, bucketDecision } from './token-bucket.ts';

/** Unlike other limiters it rejects when Redis is gone or refuses: the fallback is put around it. */
export class RedisLimiter implements Limiter {
  readonly #store: ScriptStore;

  constructor(store: ScriptStore) {
    this.#store = store;
  }

  async take(checks: readonly LimitCheck[], tokens: number): Promise<readonly LimitDecision[]> {
    const keys: string[] = [];
    const args: number[] = [tokens];
    for (const check of checks) {
      keys.push(storeKey(check.key));
      args.push(check.spec.capacity, check.spec.refillPerMs);
    }
    const reply = await this.#store.run(tokenBucketScript, keys, args);
    if (!Array.isArray(reply) || reply.length !== checks.length + 1) throw unexpectedReply();
    const admitted = reply[0] === 1;
    return checks.map((check, i) => {
      const level = Number(reply[i + 1]);
      if (!Number.isFinite(level)) throw unexpectedReply();
      return bucketDecision(check.spec, level, tokens, admitted || affords(level, tokens));
    });
  }
}

function unexpectedReply(): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: 'the bucket script gave an unexpected reply' });
}
