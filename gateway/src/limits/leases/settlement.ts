/**
 * How limits that a process decided on its own become shared again. While the store is gone it is tried now and then;
 * once it answers it is told what was admitted without it, and told again what is admitted further: for half a second
 * each process keeps to its share, because the others come back a little sooner or later, and whoever drew before they
 * have told would spend what they owe.
 *
 * Invariant: nobody draws from the store what another process that was away at the same time admitted, as long as all are
 * back within `TOGETHER_MS` of the first.
 */
import type { Clock } from '../../core/clock.ts';
import type { LimitCheck } from '../limiter.ts';

const TRY_MS = 50;
const TELL_MS = 100;
/** Connecting begins again after a quarter of a second at most (state/redis-client.ts), and is noticed one try later. */
const TOGETHER_MS = 500;
/** Calls at once; all the others wait for them. */
const AT_ONCE = 32;
const DEFAULT_MAX_ROWS = 100_000;

/** What the store is told. All amounts are tokens. */
export interface Debt {
  /** Admitted without it, and not paid by the time since. */
  readonly owed: number;
  /** What is there as far as is known here, for a store that lost it. */
  readonly known: number;
  /** What is there at most. */
  readonly most: number;
  readonly sequence: number;
  /** The telling that nobody answered, 0 where there is none: if it arrived, it is undone. */
  readonly lost: number;
}

/** Tells the store, which answers with what is available. Rejects when it is gone. */
export type Settle = (check: LimitCheck, debt: Debt) => Promise<number>;

/** A limit that is decided here. */
export interface Debtor {
  readonly check: LimitCheck;
  owed: number;
}

export interface SettlementOptions<Row extends Debtor> {
  readonly settle: Settle;
  /** How many processes share the limits; one alone waits for nobody. */
  readonly processes: () => number;
  readonly clock: Clock;
  /** What the store would say, as far as it is known here. */
  readonly known: (row: Row) => Pick<Debt, 'known' | 'most'>;
  /** What this process's share lacks: of what was admitted, the time since then has paid the rest. */
  readonly missing: (row: Row) => number;
  /** What the store says is available; undefined where nobody knows any more. Where `isShared`, it decides from now on. */
  readonly told: (row: Row, available: number | undefined, isShared: boolean) => void;
  /** Called when the last one is shared again. */
  readonly done: () => void;
  readonly maxRows?: number;
}

interface Progress {
  /** When the store answered for it first; Infinity before. */
  backAtMs: number;
  tellAtMs: number;
  lost: number;
}

export class Settlement<Row extends Debtor> {
  readonly #options: SettlementOptions<Row>;
  readonly #rows = new Map<Row, Progress>();
  #sequence = 0;
  #stop: (() => void) | undefined;
  #closed = false;

  constructor(options: SettlementOptions<Row>) {
    this.#options = options;
  }

  /** How many limits are decided here. */
  get size(): number {
    return this.#rows.size;
  }

  add(row: Row): void {
    if (this.#closed || this.#rows.has(row)) return;
    if (this.#rows.size >= (this.#options.maxRows ?? DEFAULT_MAX_ROWS)) this.#forgetOldest();
    this.#rows.set(row, { backAtMs: Number.POSITIVE_INFINITY, tellAtMs: 0, lost: 0 });
    this.#stop ??= this.#options.clock.after(TRY_MS, () => void this.#round());
  }

  /** Tells what is owed once more, and then no more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stop?.();
    this.#stop = undefined;
    await this.#tellAll([...this.#rows].filter(([row]) => row.owed > 0));
  }

  #forgetOldest(): void {
    for (const row of this.#rows.keys()) {
      this.#rows.delete(row);
      this.#options.told(row, undefined, true);
      return;
    }
  }

  async #round(): Promise<void> {
    const nowMs = this.#options.clock.now();
    await this.#tellAll([...this.#rows].filter(([, { tellAtMs }]) => tellAtMs <= nowMs));
    this.#stop = undefined;
    if (this.#closed) return;
    if (this.#rows.size === 0) this.#options.done();
    else this.#stop = this.#options.clock.after(TRY_MS, () => void this.#round());
  }

  /** Stops where the store answers none of those that were told at once. */
  async #tellAll(due: readonly (readonly [Row, Progress])[]): Promise<void> {
    for (let i = 0; i < due.length; i += AT_ONCE) {
      const some = due.slice(i, i + AT_ONCE);
      const told = await Promise.all(some.map((entry) => this.#tell(...entry)));
      if (!told.includes(true)) {
        this.#putLast(some);
        return;
      }
    }
  }

  /** In a cluster others may be reached: they come first the next time. */
  #putLast(entries: readonly (readonly [Row, Progress])[]): void {
    for (const [row, progress] of entries) {
      if (this.#rows.delete(row)) this.#rows.set(row, progress);
    }
  }

  async #tell(row: Row, progress: Progress): Promise<boolean> {
    const { clock, processes, told } = this.#options;
    const isFirst = progress.backAtMs === Number.POSITIVE_INFINITY;
    const available = await this.#pay(row, progress);
    if (available === undefined) {
      progress.backAtMs = Number.POSITIVE_INFINITY;
      return false;
    }
    const nowMs = clock.now();
    if (isFirst) progress.backAtMs = nowMs;
    progress.tellAtMs = nowMs + TELL_MS;
    const isShared = processes() <= 1 || nowMs - progress.backAtMs >= TOGETHER_MS;
    if (isShared) this.#rows.delete(row);
    told(row, available, isShared);
    // Admitted while the store was asked. If it is gone again, so is the row, which owes it still.
    if (isShared && row.owed > 0) await this.#pay(row, progress);
    return true;
  }

  /** What is available then; undefined where the store is gone. */
  async #pay(row: Row, progress: Progress): Promise<number | undefined> {
    const { settle, known, missing } = this.#options;
    const { owed } = row;
    // An outage may be long: a store that was told all of it would refuse callers who never asked for too much.
    const isFirst = progress.backAtMs === Number.POSITIVE_INFINITY;
    const told = isFirst ? Math.min(owed, missing(row)) : owed;
    row.owed = 0;
    this.#sequence += 1;
    const sequence = this.#sequence;
    try {
      const debt = { ...known(row), owed: told, sequence, lost: progress.lost };
      const available = await settle(row.check, debt);
      progress.lost = 0;
      return available;
    } catch {
      row.owed += owed;
      if (progress.lost === 0) progress.lost = sequence;
      return undefined;
    }
  }
}
