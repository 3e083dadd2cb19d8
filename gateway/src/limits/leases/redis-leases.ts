/** Leases of buckets in Redis: one script call a lease, whatever it is asked for. */
import { FrontdeskError } from '../../core/errors.ts';
import type { ScriptStore } from '../../state/store.ts';
import { storeKey } from '../bucket-key.ts';
import type { LimitSpec } from '../limiter.ts';
import { leaseScript } from './lease.lua.ts';
import { LEASE_KEPT_MS, type LeaseReply, type LeaseRequest, type LeaseSource } from './lease.ts';

export class RedisLeases implements LeaseSource {
  readonly #store: ScriptStore;

  constructor(store: ScriptStore) {
    this.#store = store;
  }

  async lease(spec: LimitSpec, key: readonly string[], request: LeaseRequest): Promise<LeaseReply> {
    const bucket = storeKey(key);
    const reply = await this.#store.run(
      leaseScript,
      [bucket, `${bucket}:leases`],
      [
        spec.capacity,
        spec.refillPerMs,
        LEASE_KEPT_MS,
        request.holder,
        request.sequence,
        request.held,
        request.back,
        request.owed,
        request.need,
        request.waiting,
        request.ahead,
        request.shares,
        request.lost,
        request.known,
        request.most,
      ],
    );
    const [granted, ahead, level] = Array.isArray(reply) ? reply.map(Number) : [];
    if (!isAmount(granted) || !isAmount(ahead) || !isAmount(level)) {
      throw new FrontdeskError('upstream_invalid', { detail: 'the lease script gave an unexpected reply' });
    }
    return { granted, ahead, level };
  }
}

function isAmount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}
