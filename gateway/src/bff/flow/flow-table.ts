/**
 * The rules of a journal (flow-journal.ts) over a map in this process. Each change is one turn: nothing comes between its
 * look and its write. What makes it outlive the process hears of each changed row.
 */
import type { Clock } from '../../core/clock.ts';
import type { CallerShare, KnownRun, ListedRun, TakenRun, Written } from './flow-journal.ts';

export interface FlowRow {
  readonly id: string;
  readonly state: KnownRun['state'];
  readonly token: string;
  /** Of an open run the end of its lease, monotonic ms; of a settled one the end of its keep, wall clock. */
  readonly until: number;
  readonly document: string;
  /** Whose it is; none where nobody counts. */
  readonly caller?: string | undefined;
}

export interface FlowTableOptions {
  readonly clock: Clock;
  /** Settled runs that are kept; of more the oldest are forgotten. */
  readonly maxSettled?: number;
  /** And characters of their documents. */
  readonly maxSettledChars?: number;
  /** Hears of each row as it is now; `undefined` for one that is gone. */
  readonly changed?: (id: string, row: FlowRow | undefined) => void;
}

/** Settled rows that are over are looked for among so many at each change. */
const SWEPT = 4;
const DEFAULT_MAX_SETTLED = 100_000;
const DEFAULT_MAX_SETTLED_CHARS = 128 * 1024 * 1024;

export class FlowTable {
  readonly #clock: Clock;
  readonly #maxSettled: number;
  readonly #maxSettledChars: number;
  readonly #changed: (id: string, row: FlowRow | undefined) => void;
  /** Settled rows go to the end when they settle, so that the first of them ends first. */
  readonly #settled = new Map<string, FlowRow>();
  readonly #rows = new Map<string, FlowRow>();
  /** Rows by caller. */
  readonly #perCaller = new Map<string, number>();
  #settledChars = 0;
  #openChars = 0;

  constructor({
    clock,
    maxSettled = DEFAULT_MAX_SETTLED,
    maxSettledChars = DEFAULT_MAX_SETTLED_CHARS,
    changed = () => {},
  }: FlowTableOptions) {
    this.#clock = clock;
    this.#maxSettled = maxSettled;
    this.#maxSettledChars = maxSettledChars;
    this.#changed = changed;
  }

  get size(): number {
    return this.#rows.size + this.#settled.size;
  }

  /** About how long all documents are. */
  get chars(): number {
    return this.#settledChars + this.#openChars;
  }

  /** Takes a row as it was written down. */
  restore(row: FlowRow): void {
    this.forget(row.id);
    this.#count(row.caller, 1);
    if (row.state === 'settled') {
      this.#settled.set(row.id, row);
      this.#settledChars += row.document.length;
    } else {
      this.#rows.set(row.id, row);
      this.#openChars += row.document.length;
    }
  }

  forget(id: string): void {
    const known = this.#rows.get(id) ?? this.#settled.get(id);
    if (!known) return;
    this.#count(known.caller, -1);
    this.#openChars -= this.#rows.get(id)?.document.length ?? 0;
    this.#settledChars -= this.#settled.get(id)?.document.length ?? 0;
    this.#rows.delete(id);
    this.#settled.delete(id);
  }

  *rows(): Iterable<FlowRow> {
    yield* this.#rows.values();
    yield* this.#settled.values();
  }

  /** Ends every lease: whoever had one is gone. */
  endLeases(): void {
    for (const row of this.#rows.values())
      if (row.state === 'open') this.#rows.set(row.id, { ...row, until: Number.NEGATIVE_INFINITY });
  }

  open(
    id: string,
    token: string,
    document: string,
    leaseMs: number,
    share?: CallerShare,
  ): KnownRun | 'full' | undefined {
    this.#sweep();
    const known = this.#find(id);
    if (known) return { state: known.state, document: known.document };
    if (share && !this.#hasRoom(share)) return 'full';
    const until = this.#clock.now() + leaseMs;
    this.#put({ id, state: 'open', token, until, document, ...(share ? { caller: share.caller } : {}) });
    return undefined;
  }

  write(id: string, token: string, document: string, leaseMs: number): Written {
    return this.#change(id, token, 'open', (row) => ({
      ...row,
      document,
      until: this.#clock.now() + leaseMs,
    }));
  }

  renew(id: string, token: string, leaseMs: number): Written {
    return this.#change(id, token, 'open', (row) => ({ ...row, until: this.#clock.now() + leaseMs }));
  }

  settle(id: string, token: string, document: string, keepMs: number): Written {
    const until = this.#clock.wall() + keepMs;
    return this.#change(id, token, 'settled', (row) => ({ ...row, state: 'settled', document, until }));
  }

  park(id: string, token: string, document: string): Written {
    return this.#change(id, token, 'stuck', (row) => ({ ...row, state: 'stuck', document }));
  }

  release(id: string, token: string): Written {
    return this.#change(id, token, 'open', (row) => ({ ...row, until: Number.NEGATIVE_INFINITY }));
  }

  drop(id: string, token: string): Written {
    return this.#change(id, token, 'open', () => undefined);
  }

  read(id: string): KnownRun | undefined {
    const row = this.#find(id);
    return row && { state: row.state, document: row.document };
  }

  take(token: string, leaseMs: number, max: number): readonly TakenRun[] {
    const taken: TakenRun[] = [];
    const now = this.#clock.now();
    for (const row of this.#rows.values()) {
      if (taken.length >= max) break;
      if (row.state !== 'open' || row.until > now) continue;
      this.#put({ ...row, token, until: now + leaseMs });
      taken.push({ id: row.id, document: row.document });
    }
    return taken;
  }

  seize(id: string, token: string, leaseMs: number): string | undefined {
    const row = this.#rows.get(id);
    if (row?.state !== 'stuck') return undefined;
    this.#put({ ...row, state: 'open', token, until: this.#clock.now() + leaseMs });
    return row.document;
  }

  list(max: number): readonly ListedRun[] {
    const rows = [...this.#rows.values()].map(({ id, state, document }) => ({ id, state, document }));
    const stuck = rows.filter(({ state }) => state === 'stuck');
    return [...stuck, ...rows.filter(({ state }) => state === 'open')].slice(0, max);
  }

  count(): { readonly open: number; readonly stuck: number } {
    let stuck = 0;
    for (const { state } of this.#rows.values()) if (state === 'stuck') stuck += 1;
    return { open: this.#rows.size - stuck, stuck };
  }

  #hasRoom({ caller, max }: CallerShare): boolean {
    const isFull = () => (this.#perCaller.get(caller) ?? 0) >= max;
    if (isFull()) this.#sweep(Number.POSITIVE_INFINITY);
    return !isFull();
  }

  #count(caller: string | undefined, by: number): void {
    if (caller === undefined) return;
    const count = (this.#perCaller.get(caller) ?? 0) + by;
    if (count > 0) this.#perCaller.set(caller, count);
    else this.#perCaller.delete(caller);
  }

  /** `to`: the state that it leads to; a row that its owner brought there before may be brought there again. */
  #change(
    id: string,
    token: string,
    to: KnownRun['state'],
    change: (row: FlowRow) => FlowRow | undefined,
  ): Written {
    const row = this.#find(id);
    if (!row) return 'missing';
    if (row.token !== token || (row.state !== 'open' && row.state !== to)) return 'lost';
    const changed = change(row);
    if (changed) this.#put(changed);
    else {
      this.forget(id);
      this.#changed(id, undefined);
    }
    return 'held';
  }

  #put(row: FlowRow): void {
    this.restore(row);
    this.#changed(row.id, row);
  }

  /** What stands there, unless its keep is over. */
  #find(id: string): FlowRow | undefined {
    const row = this.#rows.get(id);
    if (row) return row;
    const settled = this.#settled.get(id);
    if (!settled || settled.until > this.#clock.wall()) return settled;
    this.forget(id);
    this.#changed(id, undefined);
    return undefined;
  }

  #sweep(most = SWEPT): void {
    let looked = 0;
    for (const { id, until } of this.#settled.values()) {
      const isTooMuch = this.#settled.size > this.#maxSettled || this.#settledChars > this.#maxSettledChars;
      if (!isTooMuch && (looked++ === most || until > this.#clock.wall())) return;
      this.forget(id);
      this.#changed(id, undefined);
    }
  }
}
