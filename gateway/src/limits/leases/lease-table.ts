/**
 * The leases of one process: asks the store for tokens, one call a bucket at a time, ahead where it can, renews what is
 * in use and gives back what is idle. Bounded: what was held for a bucket that had to go is lost to its lease's end.
 */
import type { Clock } from '../../core/clock.ts';
import type { Meter } from '../../core/meter.ts';
import { joinKey } from '../bucket-key.ts';
import { affords } from '../decision.ts';
import type { LimitCheck } from '../limiter.ts';
import { LEASE_MS, type LeaseReply, type LeaseSource } from './lease.ts';
import { LeaseRow, type Outcome } from './lease-row.ts';
import type { LocalShares } from './local-shares.ts';

const DEFAULT_MAX_BUCKETS = 100_000;
const LOOKED_AT = 16;
const SWEEP_MS = 250;
/** Calls of one sweep; leases beyond wait for the next, or for their end. */
const MAX_SWEPT = 1000;

export interface LeaseTableOptions {
  readonly source: LeaseSource;
  readonly local: LocalShares;
  readonly holder: string;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly maxBuckets?: number;
}

export class LeaseTable {
  readonly #options: LeaseTableOptions;
  readonly #rows = new Map<string, LeaseRow>();
  /** Whoever asks keeps a caller's checks, and with them the arrays of their keys. */
  readonly #byKey = new WeakMap<readonly string[], LeaseRow>();
  readonly #holding = new Set<LeaseRow>();
  readonly #countCall: (value: number) => void;
  #sequence = 0;
  #stopSweep: (() => void) | undefined;
  #calls = 0;
  #closed = false;
  #idle = Promise.withResolvers<void>();

  constructor(options: LeaseTableOptions) {
    this.#options = options;
    this.#countCall = options.meter.counter({
      name: 'frontdesk_limit_lease_calls_total',
      help: 'Calls to the shared store for leases of limits',
      labels: [],
    });
  }

  get size(): number {
    return this.#rows.size;
  }

  row(check: LimitCheck, nowMs: number): LeaseRow {
    let row = this.#byKey.get(check.key);
    if (row === undefined || row.dropped) {
      const name = joinKey(check.key);
      row = this.#rows.get(name) ?? this.#add(name, check, nowMs);
      this.#byKey.set(check.key, row);
    }
    if (row.check.spec !== check.spec) row.check = check;
    return row;
  }

  spend(row: LeaseRow, tokens: number, nowMs: number): void {
    row.spend(tokens, nowMs);
    if (row.runsLow(nowMs)) this.#schedule(row);
  }

  /** Like spending, but it may be given back. */
  reserve(row: LeaseRow, tokens: number, nowMs: number): void {
    row.spend(tokens, nowMs);
    row.reserved += tokens;
  }

  giveBack(row: LeaseRow, tokens: number, reserved: boolean): void {
    if (reserved) row.reserved -= tokens;
    row.back += tokens;
    this.#schedule(row);
  }

  /** Asks the store; those who ask in the same turn ask together. */
  ask(row: LeaseRow, tokens: number): Promise<Outcome> {
    return new Promise((answer) => {
      row.waiters.push({ tokens, answer });
      this.#schedule(row);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopSweep?.();
    for (const row of this.#holding) this.#return(row);
    if (this.#calls > 0) await this.#idle.promise;
  }

  #add(name: string, check: LimitCheck, nowMs: number): LeaseRow {
    if (this.#rows.size >= (this.#options.maxBuckets ?? DEFAULT_MAX_BUCKETS)) this.#makeRoom();
    const row = new LeaseRow(check, nowMs);
    this.#rows.set(name, row);
    return row;
  }

  /** Of the oldest few the first that holds nothing and waits for nothing goes; else the first. */
  #makeRoom(): void {
    let seen = 0;
    let chosen: string | undefined;
    for (const [name, row] of this.#rows) {
      chosen ??= name;
      seen += 1;
      const isBusy = row.held > 0 || row.calling || row.scheduled;
      if (!isBusy) chosen = name;
      if (!isBusy || seen === LOOKED_AT) break;
    }
    if (chosen === undefined) return;
    const row = this.#rows.get(chosen);
    this.#rows.delete(chosen);
    if (!row) return;
    row.dropped = true;
    this.#return(row);
  }

  #schedule(row: LeaseRow): void {
    if (row.calling || row.scheduled) return;
    row.scheduled = true;
    this.#calls += 1;
    queueMicrotask(() => void this.#call(row));
  }

  async #call(row: LeaseRow): Promise<void> {
    const { source, clock } = this.#options;
    const { check, waiters } = row;
    const askedAtMs = clock.now();
    row.scheduled = false;
    row.calling = true;
    row.waiters = [];
    let reply: LeaseReply | undefined;
    let sequence = 0;
    try {
      this.#countCall(1);
      const request = this.#request(row, waiters, askedAtMs);
      sequence = request.sequence;
      reply = await source.lease(check.spec, check.key, request);
      row.lost = 0;
    } catch (error) {
      if (row.lost === 0) row.lost = sequence;
      for (const waiter of waiters) waiter.answer({ gone: error });
    }
    row.calling = false;
    if (reply) this.#settle(row, reply, waiters, askedAtMs);
    if (row.waiters.length > 0 || row.back > 0) this.#schedule(row);
    this.#calls -= 1;
    if (this.#calls === 0) {
      this.#idle.resolve();
      this.#idle = Promise.withResolvers();
    }
  }

  #request(row: LeaseRow, waiters: LeaseRow['waiters'], nowMs: number) {
    let need = Number.POSITIVE_INFINITY;
    let all = 0;
    for (const { tokens } of waiters) {
      need = Math.min(need, tokens);
      all += tokens;
    }
    if (waiters.length === 0) need = 0;
    if (nowMs >= row.validUntilMs) row.held = 0;
    // Too little for those who wait, but not nothing: the bucket decides on all of it.
    if (waiters.length > 0) {
      row.back += row.held;
      row.held = 0;
    }
    const isLocal = this.#options.local.holdsAny([row.check]);
    const isIdle = waiters.length === 0 && nowMs - row.spentAtMs >= SWEEP_MS;
    const { back } = row;
    row.back = 0;
    this.#sequence += 1;
    return {
      holder: this.#options.holder,
      sequence: this.#sequence,
      lost: row.lost,
      known: row.knownLevel(nowMs),
      most: row.check.spec.capacity,
      held: row.held + row.reserved,
      back,
      owed: 0,
      need,
      waiting: all - need,
      ahead: this.#closed || row.dropped || isIdle || isLocal ? 0 : row.batch(all, nowMs),
      shares: this.#options.local.shares,
    };
  }

  #settle(row: LeaseRow, reply: LeaseReply, waiters: LeaseRow['waiters'], askedAtMs: number): void {
    const nowMs = this.#options.clock.now();
    if (nowMs >= row.validUntilMs) row.held = 0;
    row.validUntilMs = askedAtMs + LEASE_MS;
    row.held += reply.ahead;
    row.learn(reply.level, reply.ahead, askedAtMs, nowMs);
    this.#options.local.remember(row.check, reply.level, reply.ahead);
    let left = reply.granted;
    for (const { tokens, answer } of waiters) {
      const granted = affords(left, tokens);
      if (granted) left = Math.max(0, left - tokens);
      answer({ granted });
    }
    row.back += left;
    if (row.held > 0) {
      row.spentAtMs = Math.max(row.spentAtMs, askedAtMs);
      this.#holding.add(row);
      this.#stopSweep ??= this.#options.clock.after(SWEEP_MS, () => this.#sweep());
    }
  }

  /** Gives back what nobody asked for, and renews what is in use before it ends. */
  #sweep(): void {
    this.#stopSweep = undefined;
    const nowMs = this.#options.clock.now();
    let swept = 0;
    for (const row of this.#holding) {
      if (row.held <= 0 || nowMs >= row.validUntilMs) this.#holding.delete(row);
      else if (nowMs - row.spentAtMs >= SWEEP_MS) {
        this.#return(row);
        swept += 1;
      } else if (row.validUntilMs - nowMs <= 2 * SWEEP_MS) {
        this.#schedule(row);
        swept += 1;
      }
      if (swept >= MAX_SWEPT) break;
    }
    if (this.#holding.size > 0 && !this.#closed) {
      this.#stopSweep = this.#options.clock.after(SWEEP_MS, () => this.#sweep());
    }
  }

  #return(row: LeaseRow): void {
    this.#holding.delete(row);
    if (row.held <= 0 || this.#options.clock.now() >= row.validUntilMs) return;
    row.back += row.held;
    row.held = 0;
    this.#schedule(row);
  }
}
