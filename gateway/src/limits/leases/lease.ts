/**
 * The arithmetic of leases: a node (a process) takes a batch of a bucket's tokens and spends them without asking. What is
 * drawn is gone from the bucket at once, and while a lease is out the bucket refills only up to its capacity less what is
 * out. So level + unspent leases never exceed the capacity and grow by the refill alone:
 *
 * Invariant: over any time t, all nodes together admit no more than capacity + refill × t, whatever becomes of a node.
 *
 * What can be lost is the lease of a node that dies: fewer are admitted then, never more. The primary process runs this; the script for Redis repeats it line by line.
 */

import { type BucketLevel, fillMs } from '../algorithms/token-bucket.ts';
import { affords, EPSILON } from '../decision.ts';
import type { LimitSpec } from '../limiter.ts';

/** How long a holder may spend what it has, from when it asked. */
export const LEASE_MS = 1000;
/** How long the bucket reckons with it: longer, so that clocks that differ in speed and late replies do no harm. */
export const LEASE_KEPT_MS = 2 * LEASE_MS;

/** What a holder of a lease asks. All amounts are tokens, ≥ 0. */
export interface LeaseRequest {
  /** The process that asks, unlike any other. */
  readonly holder: string;
  /** Grows with every request of this holder for this bucket: one that comes late is ignored. */
  readonly sequence: number;
  /** The request that was never answered, 0 where all were: what it was granted comes back. */
  readonly lost: number;
  /** What it keeps of its lease; what it may have spent meanwhile is counted as kept. */
  readonly held: number;
  /** What it gives back, of its lease or of what was granted to it: it spends none of that any more. */
  readonly back: number;
  /** What a store that lost the bucket goes on from: the level that it last heard of, less what others may have taken since. */
  readonly known: number;
  /** What the bucket holds at most, if it was away and is back: what it heard of last and what came back since. */
  readonly most: number;
  /** What it admitted on its own while the store was gone. */
  readonly owed: number;
  /** The cost of its first request that waits: as much or nothing. */
  readonly need: number;
  /** The cost of the others that wait: as much as there is. */
  readonly waiting: number;
  /** What it would like beyond: as much as is its share of the rest. */
  readonly ahead: number;
  /** How many processes share the bucket, as far as known. */
  readonly shares: number;
}

export interface LeaseReply {
  /** For those who wait: spent on arrival, or given back. */
  readonly granted: number;
  /** Leased. */
  readonly ahead: number;
  /** What the bucket holds afterwards, leases not counted. */
  readonly level: number;
}

/** Where leases come from. Rejects when the store is gone. */
export interface LeaseSource {
  lease(spec: LimitSpec, key: readonly string[], request: LeaseRequest): Promise<LeaseReply>;
}

interface Lease {
  readonly tokens: number;
  readonly until: number;
  readonly sequence: number;
  /** All that the last request took out of the bucket. */
  readonly given: number;
}

export interface LeasedLevel extends BucketLevel {
  readonly leases: Map<string, Lease>;
}

/** Settles with one holder, in place. */
export function settleLease(
  bucket: LeasedLevel,
  spec: LimitSpec,
  request: LeaseRequest,
  nowMs: number,
): LeaseReply {
  const { holder, held, need } = request;
  const known = bucket.leases.get(holder);
  const out = outstanding(bucket, request, nowMs);
  const room = Math.max(0, spec.capacity - out.others - out.mine);
  // Up to its end a lease that is over was out: what came back then had room beside it alone.
  if (out.overUntil > bucket.atMs) refillUpTo(bucket, spec, Math.max(0, room - out.over), out.overUntil);
  refillUpTo(bucket, spec, room, nowMs);
  if (known && known.sequence >= request.sequence) return { granted: 0, ahead: 0, level: bucket.tokens };
  bucket.tokens = Math.min(bucket.tokens, request.most);
  const back = request.back + (known?.sequence === request.lost ? known.given : 0);
  bucket.tokens = Math.min(Math.max(0, spec.capacity - out.others - held), bucket.tokens + back);
  const paid = Math.min(request.owed, Math.max(0, bucket.tokens + spec.capacity));
  bucket.tokens -= paid;
  let granted = 0;
  let ahead = 0;
  if (affords(bucket.tokens, need)) {
    granted = Math.max(need, Math.min(need + request.waiting, Math.floor(bucket.tokens + EPSILON)));
    const rest = Math.max(0, bucket.tokens - granted);
    ahead = Math.min(request.ahead, Math.floor(rest / (2 * request.shares)));
  }
  bucket.tokens -= granted + ahead;
  const given = granted + ahead + paid;
  if (held + given > 0) {
    const until = nowMs + LEASE_KEPT_MS;
    bucket.leases.set(holder, { tokens: held + ahead, until, sequence: request.sequence, given });
  } else bucket.leases.delete(holder);
  return { granted, ahead, level: bucket.tokens };
}

/** What is out now, and what was out until lately. Leases that are over leave the bucket. */
function outstanding(bucket: LeasedLevel, { holder, held }: LeaseRequest, nowMs: number) {
  let others = 0;
  let mine = held;
  let over = 0;
  let overUntil = Number.NEGATIVE_INFINITY;
  for (const [name, lease] of bucket.leases) {
    // One that ends later than any could was written before the clock went back.
    if (lease.until <= nowMs || lease.until > nowMs + LEASE_KEPT_MS) {
      over += lease.tokens;
      overUntil = Math.max(overUntil, Math.min(lease.until, nowMs));
      bucket.leases.delete(name);
    } else if (name === holder) mine = lease.tokens;
    else others += lease.tokens;
  }
  return { others, mine, over, overUntil };
}

function refillUpTo(bucket: BucketLevel, spec: LimitSpec, room: number, nowMs: number): void {
  const elapsedMs = nowMs - bucket.atMs;
  if (elapsedMs >= 0) {
    bucket.tokens = Math.min(room, bucket.tokens + elapsedMs * spec.refillPerMs);
    bucket.atMs = nowMs;
  } else {
    bucket.tokens = Math.min(room, bucket.tokens);
    if (-elapsedMs > fillMs(spec)) bucket.atMs = nowMs;
  }
}
