/**
 * Where runs of flows are written down, so that whoever finds one whose owner died can end it. A journal keeps one
 * document a run and knows three things of it: whose it is (a token, new for each owner), until when (the lease), and
 * whether it is `open`, `stuck` or `settled`. It does not read documents.
 *
 * Invariants of every journal: a run that was opened is opened by nobody else until it is dropped or its keep is over;
 * of two owners the later one alone writes (`lost` for the other); a change that was answered `held` outlives the process
 * as far as the journal outlives it (`durable`). Repeating a change with the same token does no more than making it once.
 */

export type FlowRunState = 'open' | 'stuck' | 'settled';

/** `lost`: another owner has it, or it is ended. `missing`: the journal knows nothing of it (any more). */
export type Written = 'held' | 'lost' | 'missing';

export interface KnownRun {
  readonly state: FlowRunState;
  readonly document: string;
}

export interface TakenRun {
  readonly id: string;
  readonly document: string;
}

export interface ListedRun extends KnownRun {
  readonly id: string;
}

/** Of the runs that are kept, how many one caller may have. */
export interface CallerShare {
  /** Who it is, as a digest. */
  readonly caller: string;
  readonly max: number;
  /** For how long a run counts, where its end is not seen. */
  readonly keepMs: number;
}

/**
 * Runs of one BFF. Every call rejects with a `FrontdeskError` where the journal cannot be reached; whether the change was
 * made is not known then.
 */
export interface FlowJournal {
  /**
   * Begins a run with the caller as its owner; what was known already is given back instead. `full`: nothing began, for
   * whoever asks has as many as `share` says.
   */
  open(
    id: string,
    token: string,
    document: string,
    leaseMs: number,
    share?: CallerShare,
  ): Promise<KnownRun | 'full' | undefined>;
  /** Replaces the document and draws the lease to `leaseMs` from now. */
  write(id: string, token: string, document: string, leaseMs: number): Promise<Written>;
  /** Draws the lease. */
  renew(id: string, token: string, leaseMs: number): Promise<Written>;
  /** Ends the run; its document is kept for `keepMs` and answers whoever asks again. */
  settle(id: string, token: string, document: string, keepMs: number): Promise<Written>;
  /** Lays it aside for a human: nobody takes it, and it is kept until somebody does `seize` it. */
  park(id: string, token: string, document: string): Promise<Written>;
  /** Ends the lease now: whoever looks next takes the run. */
  release(id: string, token: string): Promise<Written>;
  /** Forgets the run: nothing of it happened. It counts no more for its `caller`. */
  drop(id: string, token: string, caller?: string): Promise<Written>;
  read(id: string): Promise<KnownRun | undefined>;
  /** Makes the caller the owner of open runs whose lease is over: of each, one caller alone. */
  take(token: string, leaseMs: number, max: number): Promise<readonly TakenRun[]>;
  /** Makes the caller the owner of a stuck run. */
  seize(id: string, token: string, leaseMs: number): Promise<string | undefined>;
  /** Runs that are not settled: stuck ones first. */
  list(max: number): Promise<readonly ListedRun[]>;
  count(): Promise<{ readonly open: number; readonly stuck: number }>;
}

/** The journals of a process. */
export interface FlowJournals {
  /** What a crash leaves: `process` loses everything, `node` and `store` nothing that was answered `held`. */
  readonly outlives: 'process' | 'node' | 'store';
  /** The journal of a BFF, by its name. */
  of(bff: string): FlowJournal;
  close(): Promise<void>;
}
