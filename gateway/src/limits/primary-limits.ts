/**
 * Limits that the primary process of a node keeps for its workers: leases of token buckets, and exact draws from limits
 * of every algorithm. Both sides are here: what the primary answers, and how a worker asks.
 */
import type { Clock } from '../core/clock.ts';
import { noMeter } from '../core/meter.ts';
import type { PrimaryServer } from '../state/primary-server.ts';
import type { PrimaryCalls } from '../state/store.ts';
import { joinKey } from './bucket-key.ts';
import {
  type LeasedLevel,
  type LeaseReply,
  type LeaseRequest,
  type LeaseSource,
  settleLease,
} from './leases/lease.ts';
import { LimitTable } from './limit-table.ts';
import type { Decisions, LimitCheck, LimitDecision, Limiter, LimitSpec } from './limiter.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import type { QuotaJournal } from './quota-journal.ts';

const DEFAULT_MAX_BUCKETS = 100_000;

interface LedgerRow extends LeasedLevel {
  spec: LimitSpec;
}

export interface PrimaryLimitsOptions {
  readonly clock: Clock;
  readonly maxBuckets?: number;
  /** Where quotas of the calendar are kept over restarts; nobody draws before it is there. Default: nowhere. */
  readonly journal?: Promise<QuotaJournal> | undefined;
}

/** Lets the primary answer for limits. They are counted by the workers that ask. */
export function serveLimits(
  server: PrimaryServer,
  { clock, journal, maxBuckets = DEFAULT_MAX_BUCKETS }: PrimaryLimitsOptions,
): void {
  const common = { clock, meter: noMeter, maxBuckets };
  let exact = journal ? undefined : new MemoryLimiter(common);
  const opened = journal?.then((one) => {
    exact = new MemoryLimiter({ ...common, journal: one });
    return exact;
  });
  // Whoever draws is told.
  opened?.catch(() => {});
  const table = new LimitTable<LedgerRow>({
    maxRows: maxBuckets,
    fullness: ({ spec, tokens, atMs, leases }, nowMs) => {
      let out = 0;
      for (const lease of leases.values()) if (lease.until > nowMs) out += lease.tokens;
      const filled = tokens + (nowMs - atMs) * spec.refillPerMs;
      return Math.min(spec.capacity - out, filled) / spec.capacity;
    },
  });
  server.operation('limits.take', (argument) => {
    const { checks, tokens } = takeOf(argument);
    if (exact) return told(exact.take(checks, tokens));
    return opened?.then((limiter) => told(limiter.take(checks, tokens)));
  });
  server.operation('limits.lease', (argument) => {
    const { spec, key, request } = leaseOf(argument);
    const nowMs = clock.now();
    const name = joinKey(key);
    let row = table.get(name);
    if (!row) {
      row = { tokens: Math.min(spec.capacity, request.known), atMs: nowMs, leases: new Map(), spec };
      table.add(name, row, nowMs);
    }
    row.spec = spec;
    return settleLease(row, spec, request, nowMs);
  });
}

/** Decisions as they are sent: JSON has no Infinity. */
function told(decisions: readonly LimitDecision[]): unknown[] {
  return decisions.map(({ allowed, remaining, resetMs, retryAfterMs, waitMs }) => [
    allowed,
    remaining,
    resetMs,
    Number.isFinite(retryAfterMs) ? retryAfterMs : null,
    waitMs,
  ]);
}

export class PrimaryLeases implements LeaseSource {
  readonly #primary: PrimaryCalls;

  constructor(primary: PrimaryCalls) {
    this.#primary = primary;
  }

  async lease(spec: LimitSpec, key: readonly string[], request: LeaseRequest): Promise<LeaseReply> {
    const reply = await this.#primary.callPrimary('limits.lease', { spec, key, request });
    if (!isReply(reply)) throw new TypeError('the primary process gave an unexpected lease');
    return reply;
  }
}

/** Rejects when the primary is gone: the fallback is put around it. */
export class PrimaryLimiter implements Limiter {
  readonly #primary: PrimaryCalls;

  constructor(primary: PrimaryCalls) {
    this.#primary = primary;
  }

  async take(checks: readonly LimitCheck[], tokens: number): Promise<Decisions> {
    const told = await this.#primary.callPrimary('limits.take', { checks, tokens });
    if (!Array.isArray(told) || told.length !== checks.length) {
      throw new TypeError('the primary process gave an unexpected decision');
    }
    return checks.map(({ spec }, i): LimitDecision => {
      const [allowed, remaining, resetMs, retryAfterMs, waitMs] = Array.isArray(told[i]) ? told[i] : [];
      return {
        spec,
        allowed: allowed === true,
        remaining: Number(remaining),
        resetMs: Number(resetMs),
        retryAfterMs: retryAfterMs === null ? Number.POSITIVE_INFINITY : Number(retryAfterMs),
        waitMs: Number(waitMs),
      };
    });
  }
}

// Workers run the same code as their primary: what they send is of these shapes.
function takeOf(argument: unknown): { checks: readonly LimitCheck[]; tokens: number } {
  if (!isTake(argument)) throw new TypeError('expected checks and tokens');
  return argument;
}

function leaseOf(argument: unknown): { spec: LimitSpec; key: readonly string[]; request: LeaseRequest } {
  if (!isLease(argument)) throw new TypeError('expected a spec, a key and a request');
  return argument;
}

function isTake(value: unknown): value is { checks: readonly LimitCheck[]; tokens: number } {
  return isObject(value) && 'checks' in value && Array.isArray(value.checks) && 'tokens' in value;
}

function isLease(
  value: unknown,
): value is { spec: LimitSpec; key: readonly string[]; request: LeaseRequest } {
  return (
    isObject(value) && 'spec' in value && 'request' in value && 'key' in value && Array.isArray(value.key)
  );
}

function isReply(value: unknown): value is LeaseReply {
  return isObject(value) && 'granted' in value && 'ahead' in value && 'level' in value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
