/** A store of leases in memory, on the clock of a test, which can be away. */
import type { Clock } from '../../core/clock.ts';
import { storeGone } from '../../state/store.ts';
import { joinKey } from '../bucket-key.ts';
import {
  type LeasedLevel,
  type LeaseReply,
  type LeaseRequest,
  type LeaseSource,
  settleLease,
} from '../leases/lease.ts';
import type { LimitSpec } from '../limiter.ts';

export class LeaseLedger implements LeaseSource {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, LeasedLevel>();
  readonly requests: LeaseRequest[] = [];
  isGone = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async lease(spec: LimitSpec, key: readonly string[], request: LeaseRequest): Promise<LeaseReply> {
    if (this.isGone) throw storeGone('test');
    this.requests.push(request);
    return settleLease(this.bucket(spec, key, request.known), spec, request, this.#clock.now());
  }

  /** Loses everything, as a Redis does that is replaced by an empty one. */
  clear(): void {
    this.#buckets.clear();
  }

  bucket(spec: LimitSpec, key: readonly string[], known = spec.capacity): LeasedLevel {
    const name = joinKey(key);
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      bucket = { tokens: Math.min(spec.capacity, known), atMs: this.#clock.now(), leases: new Map() };
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }
}
