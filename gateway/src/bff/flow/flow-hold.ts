/**
 * An owner's hold on one run: its token, its lease, and all that it writes. Changes go out one after another, each with the
 * record as it is then, so that what was changed in one turn costs one write.
 *
 * Invariants: `holds` is false before anybody else can own the run, by this process's own clocks; and whatever
 * works for the run by `cancellation()` stops when it is, also where the process was paused and no timer has fired yet.
 * A run that the journal lost is put back under the same token, or is somebody else's: it never has two owners.
 */
import { Cancellation } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { storeGone } from '../../state/store.ts';
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
  /** For whom it counts as kept; unknown of a run that was taken over. */
  readonly caller?: string;
}

export class FlowHold {
  readonly id: string;
  readonly record: FlowRecord;
  readonly #journal: FlowJournal;
  readonly #token: string;
  readonly #caller: string | undefined;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  /** What works for the run now. */
  readonly #works = new Set<HeldCancellation>();
  #until: number;
  /** By the wall clock: a machine that was suspended may find its monotonic clock as it left it. */
  #untilWall: number;
  #isLost = false;
  #over = false;
  /** The journal said so: nobody takes it back. */
  #isCommitted: boolean;
  #tail: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;
  #disarm: (() => void) | undefined;
  #disarmEnd: (() => void) | undefined;

  constructor({ journal, id, token, record, leaseMs, askedAt, clock, caller }: FlowHoldOptions) {
    this.id = id;
    this.#caller = caller;
    this.record = record;
    this.#journal = journal;
    this.#token = token;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
    this.#until = askedAt + leaseMs * (1 - MARGIN);
    this.#untilWall = clock.wall() - (clock.now() - askedAt) + leaseMs * (1 - MARGIN);
    this.#isCommitted = record.phase === 'committed';
    this.#arm();
    this.#armEnd();
  }

  /** Whether nobody else can have the run. */
  holds(): boolean {
    if (this.#over || this.#isLost) return false;
    return this.#clock.now() < this.#until && this.#clock.wall() < this.#untilWall;
  }

  /** For one piece of the run's work; whoever asks cancels it when the piece has ended. */
  cancellation(): Cancellation {
    const work = new HeldCancellation(this, () => this.#works.delete(work));
    this.#works.add(work);
    return work;
  }

  /**
   * Writes the record as it is when its turn comes. Rejects with `FlowLostError` where the run is somebody else's, and with
   * the journal's own error where it does not answer; then nobody knows whether it was written.
   */
  save(): Promise<void> {
    this.#next ??= this.#inTurn(() => {
      this.#next = undefined;
      const document = writeRecord(this.record);
      const { phase } = this.record;
      return this.#send(() => this.#journal.write(this.id, this.#token, document, this.#leaseMs)).then(() => {
        if (phase === 'committed') this.#isCommitted = true;
      });
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
    return this.#last(async () => {
      const written = await this.#journal.drop(this.id, this.#token, this.#caller);
      return written === 'missing' ? 'held' : written;
    });
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
      if (this.#over || this.#isLost) throw this.#lost();
      try {
        await this.#inTurn(() => this.#renew());
      } catch (error) {
        if (error instanceof FlowLostError || isOwnFault(error)) throw error;
        await new Promise<void>((resolve) => this.#clock.after(ASK_AGAIN_MS, resolve));
      }
    }
  }

  /** Asks whose the run is. Rejects with `FlowLostError` where it is not ours; a journal that does not answer says nothing. */
  async confirm(): Promise<void> {
    try {
      await this.#inTurn(() => this.#renew());
    } catch (error) {
      if (error instanceof FlowLostError) throw error;
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
    if (this.#over || this.#isLost) throw this.#lost();
    let [askedAt, askedWall] = [this.#clock.now(), this.#clock.wall()];
    let written = await change();
    if (written === 'missing') {
      await this.#putBack();
      [askedAt, askedWall] = [this.#clock.now(), this.#clock.wall()];
      written = await change();
    }
    if (written !== 'held') throw this.#lost();
    // As it was when this was asked: nothing says when it was carried out.
    this.#until = askedAt + this.#leaseMs * (1 - MARGIN);
    this.#untilWall = askedWall + this.#leaseMs * (1 - MARGIN);
  }

  /**
   * The journal forgot the run, so that whoever comes with its key would begin it anew: it is opened again, or is theirs. A run
   * that may have been taken and ended by somebody else before it was forgotten goes back; it never succeeds.
   */
  async #putBack(): Promise<void> {
    if (!this.holds() && !this.#isCommitted && this.record.phase !== 'back') {
      throw storeGone('the journal forgot a run that was not held');
    }
    const known = await this.#journal.open(this.id, this.#token, writeRecord(this.record), this.#leaseMs);
    if (known) throw this.#lost();
  }

  #lost(): FlowLostError {
    this.#isLost = true;
    this.#stopWorks();
    return new FlowLostError(`run ${this.id} of ${this.record.flow} is somebody else's`);
  }

  #end(): void {
    this.#over = true;
    this.#disarm?.();
    this.#disarm = undefined;
    this.#disarmEnd?.();
    this.#disarmEnd = undefined;
    this.#stopWorks();
  }

  #stopWorks(): void {
    for (const work of [...this.#works]) work.look();
  }

  /** Draws the lease while the run lasts. */
  #arm(): void {
    this.#disarm = this.#clock.after(this.#leaseMs / 3, () => {
      if (this.#over || this.#isLost) return;
      this.#inTurn(() => this.#renew()).catch(() => {});
      this.#arm();
    });
  }
  /** Calls that are on their way when the lease ends are given up, with their further tries. */
  #armEnd(): void {
    this.#disarmEnd = this.#clock.after(Math.max(1, this.#until - this.#clock.now()), () => {
      if (this.#over || this.#isLost) return;
      if (!this.holds()) this.#stopWorks();
      this.#armEnd();
    });
  }
}

/** Not the journal's: trying again changes nothing. */
function isOwnFault(error: unknown): boolean {
  return error instanceof FrontdeskError && error.code === 'internal';
}

/** Cancelled, too, as soon as the run is not ours: it looks whenever it is asked. */
class HeldCancellation extends Cancellation {
  readonly #hold: FlowHold;
  readonly #ended: () => void;

  constructor(hold: FlowHold, ended: () => void) {
    super();
    this.#hold = hold;
    this.#ended = ended;
  }

  /** Cancels it where the run is not ours. */
  look(): void {
    if (!super.cancelled && !this.#hold.holds()) {
      this.cancel(new FlowLostError(`the lease of run ${this.#hold.id} is over`));
    }
  }

  override cancel(reason: Error): void {
    this.#ended();
    super.cancel(reason);
  }

  override get cancelled(): boolean {
    this.look();
    return super.cancelled;
  }

  override get reason(): Error | undefined {
    this.look();
    return super.reason;
  }

  override throwIfCancelled(): void {
    this.look();
    super.throwIfCancelled();
  }
}
