/**
 * The flows of one BFF in one process: each key's run once, however many ask for it; what asks again gets the first answer;
 * what a dead process left is ended here. It outlives configurations: a reload brings newer definitions and clients.
 */
import { randomBytes } from 'node:crypto';
import type { Clock, Random } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { OpenClients } from '../screen/part-run.ts';
import type { Flow } from './flow.ts';
import type { FlowsConfig } from './flow-config.ts';
import { FlowHold } from './flow-hold.ts';
import type { FlowJournal, KnownRun } from './flow-journal.ts';
import type { FlowMeter } from './flow-meter.ts';
import { isUnsettled, logOf } from './flow-outcome.ts';
import {
  asJson,
  type FlowOutcome,
  fingerprintOf,
  newRecord,
  readRecord,
  runIdOf,
  writeRecord,
} from './flow-record.ts';
import { recoveryContext } from './flow-recovery.ts';
import { checkScopes, IN_USE_RETRY_S, inUse, toldBy } from './flow-replay.ts';
import { FlowRun, type RunResult } from './flow-run.ts';
import { shareOf, tooManyKept } from './flow-share.ts';

/** Kept of a request's deadline to say what is known. */
const ANSWER_MARGIN_MS = 20;
const FIRST_LOOK_MS = 25;
const MAX_LOOK_MS = 500;
/** Runs of others that are ended at once: beside what is asked for now, and by backends that may have just come back. */
const MAX_RECOVERING = 100;

export type FlowSettings = Pick<FlowsConfig, 'lease' | 'keep' | 'undoFor' | 'maxOpen' | 'keptPerCaller'>;

export interface FlowEngineOptions {
  /** The BFF's name. */
  readonly bff: string;
  readonly journal: FlowJournal;
  readonly settings: FlowSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: FlowMeter;
}

export interface FlowRequest {
  readonly flow: Flow;
  /** Checked. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What the caller calls this run; `undefined` where it does not ask again. */
  readonly key: string | undefined;
  readonly context: CallContext;
}

export interface FlowResult {
  readonly outcome: FlowOutcome;
  /** Whether it is the answer to an earlier request. */
  readonly replayed: boolean;
}

/** A run that somebody in this process waits for. */
interface Entry {
  readonly fingerprint: string;
  readonly result: Promise<RunResult>;
  run: FlowRun | undefined;
}

export class FlowEngine {
  readonly bff: string;
  readonly journal: FlowJournal;
  readonly #options: FlowEngineOptions;
  readonly #entries = new Map<string, Entry>();
  /** Runs that this process holds, and what ends when each has ended. */
  readonly #held = new Map<FlowRun, Promise<unknown>>();
  /** What mounts offer; the newest goes last. */
  readonly #offers: { readonly flows: ReadonlyMap<string, Flow>; readonly clients: OpenClients }[] = [];
  #recovering = 0;
  #draining = false;

  constructor(options: FlowEngineOptions) {
    this.bff = options.bff;
    this.journal = options.journal;
    this.#options = options;
  }

  /** Flows and clients of a mount, which hold until a newer one comes or the returned function takes them back. */
  use(flows: readonly Flow[], clients: OpenClients): () => void {
    const offer = { flows: new Map(flows.map((flow) => [flow.field, flow])), clients };
    this.#offers.push(offer);
    return () => {
      const at = this.#offers.indexOf(offer);
      if (at >= 0) this.#offers.splice(at, 1);
    };
  }

  /** Runs that this process holds. */
  get open(): number {
    return this.#held.size;
  }

  /**
   * Runs a flow, or waits for the run that its key names already. Rejects with `idempotency_key_reused`,
   * `idempotency_key_in_use`, `rate_limited`, `flow_unsettled`, `draining`, `overloaded`, and where the journal is gone before anything began.
   */
  async run(request: FlowRequest): Promise<FlowResult> {
    const { flow, context, key } = request;
    checkScopes(flow, context);
    const input = asJson(request.input, `the input of flow ${flow.field}`, 'payload_too_large');
    const fingerprint = fingerprintOf(input);
    const id = runIdOf({ bff: this.bff, flow: flow.field }, context.identity, key ?? randomToken());
    let entry = this.#entries.get(id);
    const isFirst = entry === undefined;
    if (entry && entry.fingerprint !== fingerprint) throw new FrontdeskError('idempotency_key_reused');
    entry ??= this.#enter(id, { ...request, input: isObject(input) ? input : {} }, fingerprint);
    const ended = await this.#waitFor(entry, request, isFirst);
    if (ended.replayed) this.#options.meter.replayed(flow.field);
    return ended;
  }

  /** Takes over what others left, `max` at most. Resolves when all of it is under way. Never rejects. */
  async recover(max: number): Promise<number> {
    if (this.#draining || this.#offers.length === 0) return 0;
    const { clock, settings, meter } = this.#options;
    const token = randomToken();
    const askedAt = clock.now();
    const free = Math.min(max, MAX_RECOVERING - this.#recovering);
    try {
      const taken = free > 0 ? await this.journal.take(token, settings.lease, free) : [];
      for (const { id, document } of taken) this.#takeOver(id, token, document, askedAt);
      meter.waiting(await this.journal.count());
      return taken.length;
    } catch (error) {
      const reason = error instanceof FrontdeskError ? error.detail : String(error);
      meter.logger.warn({ bff: this.bff, reason }, 'the journal of flows cannot be read');
      return 0;
    }
  }

  /** Tries a stuck run again. False where there is none. */
  async retry(id: string): Promise<boolean> {
    const { clock, settings } = this.#options;
    const token = randomToken();
    const askedAt = clock.now();
    const document = await this.journal.seize(id, token, settings.lease);
    if (document === undefined) return false;
    this.#takeOver(id, token, document, askedAt);
    return true;
  }

  /** Begins nothing more, waits for what runs, and hands the rest over. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const disarm = this.#options.clock.after(graceMs, resolve);
    await Promise.race([Promise.allSettled(this.#held.values()), over]);
    disarm();
    await Promise.all([...this.#held.keys()].map((run) => run.hold.release()));
  }

  #enter(id: string, request: FlowRequest, fingerprint: string): Entry {
    const { maxOpen } = this.#options.settings;
    if (this.#draining) throw new FrontdeskError('draining');
    if (this.#entries.size >= maxOpen || this.#held.size - this.#recovering >= maxOpen) {
      throw new FrontdeskError('overloaded', { detail: `${maxOpen} flows are under way`, retryAfterS: 1 });
    }
    const result = Promise.resolve().then(() => this.#begin(id, request, fingerprint, entry));
    const entry: Entry = { fingerprint, run: undefined, result };
    this.#entries.set(id, entry);
    const leave = (): void => void this.#entries.delete(id);
    entry.result.then(leave, leave);
    return entry;
  }

  /** Opens the run, or waits for whoever has it. */
  async #begin(id: string, request: FlowRequest, fingerprint: string, entry: Entry): Promise<RunResult> {
    const { clock } = this.#options;
    const endsAt = clock.now() + request.flow.deadlineMs;
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(MAX_LOOK_MS, pauseMs * 2)) {
      const opened = await this.#open(id, request, fingerprint);
      if (opened instanceof FlowHold) return this.#hold(opened, request, entry);
      const told = toldBy(opened, fingerprint);
      if (told) return { outcome: told, burned: true };
      if (clock.now() + pauseMs > endsAt) throw inUse();
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
    }
  }

  async #open(
    id: string,
    { flow, input, context }: FlowRequest,
    fingerprint: string,
  ): Promise<FlowHold | KnownRun> {
    const { clock, settings, meter } = this.#options;
    const nonce = randomToken();
    const record = newRecord({
      flow: flow.field,
      fingerprint,
      nonce,
      startedAt: clock.wall(),
      input,
      context,
    });
    const token = randomToken();
    const askedAt = clock.now();
    const share = shareOf(context, settings);
    const known = await this.journal.open(id, token, writeRecord(record), settings.lease, share);
    if (known === 'full') {
      meter.keysRefused(flow.field);
      throw tooManyKept(settings.keptPerCaller);
    }
    if (known) return known;
    return new FlowHold({
      journal: this.journal,
      id,
      token,
      record,
      leaseMs: settings.lease,
      askedAt,
      clock,
      caller: share.caller,
    });
  }

  async #hold(hold: FlowHold, { flow, context }: FlowRequest, entry: Entry): Promise<RunResult> {
    const run = this.#runOf(flow, hold, context);
    entry.run = run;
    return this.#holding(run, () => run.forward());
  }

  async #holding(run: FlowRun, work: () => Promise<RunResult>): Promise<RunResult> {
    const ended = work();
    this.#held.set(
      run,
      ended.catch(() => {}),
    );
    try {
      return await ended;
    } catch (error) {
      // Whoever reads the journal next tries again.
      run.hold.abandon();
      if (!isUnsettled(error)) {
        const fault = error instanceof Error ? error.stack : String(error);
        this.#options.meter.logger.error({ bff: this.bff, ...logOf(run.hold), fault }, 'a flow broke');
      }
      throw error;
    } finally {
      this.#held.delete(run);
    }
  }

  #runOf(flow: Flow, hold: FlowHold, context: CallContext): FlowRun {
    const { clock, random, settings, meter } = this.#options;
    return new FlowRun({
      flow,
      hold,
      context,
      clients: () => {
        const newest = this.#offers.at(-1);
        if (!newest) throw new FrontdeskError('draining', { detail: 'a flow without clients' });
        return newest.clients;
      },
      deadlineMs: Math.min(flow.deadlineMs, context.deadline.remainingMs()),
      keepMs: settings.keep,
      undoForMs: settings.undoFor,
      clock,
      random,
      meter,
    });
  }

  #takeOver(id: string, token: string, document: string, askedAt: number): void {
    const { clock, settings, meter } = this.#options;
    const record = readRecord(document);
    const flow = record && this.#offers.at(-1)?.flows.get(record.flow);
    if (!record || !flow) {
      const reason = record ? `there is no flow ${record.flow} any more` : 'its record cannot be read';
      meter.logger.error({ bff: this.bff, run: id, reason }, 'a flow is stuck: it could not be undone');
      const parked = record ? writeRecord({ ...record, reason }) : document;
      this.journal.park(id, token, parked).catch(() => {});
      return;
    }
    const hold = new FlowHold({
      journal: this.journal,
      id,
      token,
      record,
      leaseMs: settings.lease,
      askedAt,
      clock,
    });
    const run = this.#runOf(flow, hold, recoveryContext(record, hold, clock));
    const way = record.phase === 'committed' ? 'forward' : 'back';
    meter.recovered(flow.field, way);
    meter.logger.warn(
      { bff: this.bff, flow: flow.field, run: id, requestId: record.requestId, way },
      'a flow is taken over',
    );
    this.#recovering += 1;
    this.#holding(run, () => run.recover())
      .catch(() => {})
      .finally(() => {
        this.#recovering -= 1;
      });
  }

  /** Until the run has ended or this caller's time is over; the run goes on either way. */
  async #waitFor(entry: Entry, { context, key, flow }: FlowRequest, isFirst: boolean): Promise<FlowResult> {
    const { clock } = this.#options;
    const { promise: left, reject } = Promise.withResolvers<never>();
    left.catch(() => {});
    const unlisten = context.cancellation.onCancel((reason) => {
      // Who cannot ask again would never hear of what was done.
      if (key === undefined) entry.run?.stop(reason);
      reject(reason);
    });
    const leftMs = context.deadline.remainingMs() - ANSWER_MARGIN_MS;
    const disarm = Number.isFinite(leftMs)
      ? clock.after(Math.max(1, leftMs), () => reject(new TimeIsOver()))
      : () => {};
    try {
      const { outcome, burned } = await Promise.race([entry.result, left]);
      return { outcome, replayed: burned && (!isFirst || entry.run === undefined) };
    } catch (error) {
      if (!(error instanceof TimeIsOver)) throw error;
      const committed = entry.run?.committed;
      if (committed) return { outcome: committed, replayed: !isFirst };
      if (!isFirst) throw inUse();
      throw new FrontdeskError('flow_unsettled', {
        retryAfterS: IN_USE_RETRY_S,
        members: { flow: flow.field },
      });
    } finally {
      unlisten();
      disarm();
    }
  }
}

class TimeIsOver extends Error {}

function randomToken(): string {
  return randomBytes(18).toString('base64url');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
