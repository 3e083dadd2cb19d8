/**
 * An owner's hold on one run: its token, its lease, and all that it writes. Changes go out one after another, each with the
 * record as it is then, so that what was changed in one turn costs one write.
 *
 * Invariant: `holds` is false before anybody else can own the run, by this process's own monotonic clock; and whatever
 * works for the run by `cancellation()` stops when it is, also where the process was paused and no timer has fired yet.
 */
import { Cancellation } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { FlowJournal, Written } from './flow-journal.ts';
import { type FlowRecord, writeRecord } from './flow-record.ts';

/** The part of a lease that is not used: clocks that run apart, and a call on its way. */
const MARGIN = 0.1;
/** A write is tried again so soon, and so often, before whoever waits for it hears that the journal is gone. */
const AGAIN_MS = 100;
const TRIES = 3;
/** So often it is asked whether the run is still ours, when the lease ran out and the journal does not answer. */
const ASK_AGAIN_MS = 500;

/** The run is somebody else's now. */
export class FlowLostError extends FrontdeskError {
  constructor(detail: string) {
    super('flow_unsettled', { detail, retryAfterS: 1 });
  }
}

export interface FlowHoldOptions {
  readonly journal: FlowJournal;
  readonly id: string;
  readonly token: string;
  readonly record: FlowRecord;
  readonly leaseMs: number;
  /** When the journal was asked for the lease, on the clock's monotonic time. */
  readonly askedAt: number;
  readonly clock: Clock;
}

export class FlowHold {
  readonly id: string;
  readonly record: FlowRecord;
  readonly #journal: FlowJournal;
  readonly #token: string;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  #until: number;
  #verdict: Written = 'held';
  #over = false;
  #tail: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;
  #disarm: (() => void) | undefined;

  constructor({ journal, id, token, record, leaseMs, askedAt, clock }: FlowHoldOptions) {
    this.id = id;
    this.record = record;
    this.#journal = journal;
    this.#token = token;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
    this.#until = askedAt + leaseMs * (1 - MARGIN);
    this.#arm();
  }

  /** Whether nobody else can have the run. One that the journal lost is nobody else's either. */
  holds(): boolean {
    if (this.#over || this.#verdict === 'lost') return false;
    return this.#verdict === 'missing' || this.#clock.now() < this.#until;
  }

  /** For one piece of the run's work. */
  cancellation(): Cancellation {
    return new HeldCancellation(this);
  }

  /**
   * Writes the record as it is when its turn comes. Rejects with `FlowLostError` where the run is somebody else's, and with
   * the journal's own error where it does not answer; then nobody knows whether it was written. A run that the journal lost
   * is not written any more.
   */
  save(): Promise<void> {
    this.#next ??= this.#inTurn(() => {
      this.#next = undefined;
      const document = writeRecord(this.record);
      return this.#send(() => this.#journal.write(this.id, this.#token, document, this.#leaseMs));
    });
    return this.#next;
  }

  /** Ends the run with a record of its own. Rejects as `save`. */
  settle(record: FlowRecord, keepMs: number): Promise<void> {
    const document = writeRecord(record);
    return this.#last(() => this.#journal.settle(this.id, this.#token, document, keepMs));
  }

  /** Lays it aside for a human. */
  park(): Promise<void> {
    const document = writeRecord(this.record);
    return this.#last(() => this.#journal.park(this.id, this.#token, document));
  }

  drop(): Promise<void> {
    return this.#last(() => this.#journal.drop(this.id, this.#token));
  }

  /** Stops all work on it and hands it over. Never rejects. */
  async release(): Promise<void> {
    this.#end();
    await this.#tail;
    await this.#journal.release(this.id, this.#token).catch(() => {});
  }

  /** Stops all work on it and says nothing to the journal: its lease runs out. */
  abandon(): void {
    this.#end();
  }

  /**
   * Waits until it is known that the run is ours, however long the journal is gone. Rejects with `FlowLostError` where it is
   * not.
   */
  async ensure(): Promise<void> {
    while (!this.holds()) {
      if (this.#over || this.#verdict === 'lost') throw this.#lost();
      try {
        await this.#inTurn(() => this.#renew());
      } catch (error) {
        if (error instanceof FlowLostError) throw error;
        await new Promise<void>((resolve) => this.#clock.after(ASK_AGAIN_MS, resolve));
      }
    }
  }

  #renew(): Promise<void> {
    return this.#once(() => this.#journal.renew(this.id, this.#token, this.#leaseMs));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(work);
    this.#tail = done.catch(() => {});
    return done;
  }

  async #last(change: () => Promise<Written>): Promise<void> {
    await this.#inTurn(() => this.#send(change));
    this.#end();
  }

  /** Tries a change again while the lease is ours. */
  async #send(change: () => Promise<Written>): Promise<void> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await this.#once(change);
      } catch (error) {
        if (error instanceof FlowLostError || tried >= TRIES || !this.holds()) throw error;
        await new Promise<void>((resolve) => this.#clock.after(AGAIN_MS, resolve));
      }
    }
  }

  async #once(change: () => Promise<Written>): Promise<void> {
    if (this.#over || this.#verdict === 'lost') throw this.#lost();
    if (this.#verdict === 'missing') return;
    const askedAt = this.#clock.now();
    const verdict = await change();
    if (verdict === 'held') this.#until = Math.max(this.#until, askedAt + this.#leaseMs * (1 - MARGIN));
    else this.#verdict = verdict;
    if (verdict === 'lost') throw this.#lost();
  }

  /** The journal forgot the run: then nobody else will end it. */
  get missing(): boolean {
    return this.#verdict === 'missing';
  }

  #lost(): FlowLostError {
    return new FlowLostError(`run ${this.id} of ${this.record.flow} is somebody else's`);
  }

  #end(): void {
    this.#over = true;
    this.#disarm?.();
    this.#disarm = undefined;
  }

  /** Draws the lease while the run lasts. */
  #arm(): void {
    this.#disarm = this.#clock.after(this.#leaseMs / 3, () => {
      if (this.#over || this.#verdict !== 'held') return;
      this.#inTurn(() => this.#renew()).catch(() => {});
      this.#arm();
    });
  }
}

/** Cancelled, too, as soon as the run is not ours: it looks whenever it is asked. */
class HeldCancellation extends Cancellation {
  readonly #hold: FlowHold;

  constructor(hold: FlowHold) {
    super();
    this.#hold = hold;
  }

  #look(): void {
    if (!super.cancelled && !this.#hold.holds()) {
      this.cancel(new FlowLostError(`the lease of run ${this.#hold.id} is over`));
    }
  }

  override get cancelled(): boolean {
    this.#look();
    return super.cancelled;
  }

  override get reason(): Error | undefined {
    this.#look();
    return super.reason;
  }

  override throwIfCancelled(): void {
    this.#look();
    super.throwIfCancelled();
  }
}
