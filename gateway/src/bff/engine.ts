/**
 * Runs a screen. Parts start when they are asked for and not before, each at most once, all of them in one turn;
 * one that `use`s another waits for it. The failure of an optional part stays with it; the failure of a required
 * part is the screen's, at once. Nothing goes on past the screen's deadline or after `close`.
 */
import { Cancellation } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { Deadline } from '../core/deadline.ts';
import { FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import { type OpenClients, PartRun, withCancellation } from './part-run.ts';
import type { Screen } from './screen.ts';

/** Kept of the exchange's own deadline to write the answer in, milliseconds: an incomplete answer beats none. */
const ANSWER_MARGIN_MS = 20;
/** `Retry-After` of a screen whose required part gave no word of its own, seconds. */
const DEFAULT_RETRY_AFTER_S = 1;

/** Why a run's work is stopped when it is over. One for all: an error's stack would be most of what a run's end costs. */
const ANSWERED = new FrontdeskError('client_closed', { detail: 'the screen has its answer' });

/** What became of a part. */
export interface PartOutcome {
  readonly name: string;
  /** What the client sees: the shaped value, the fallback, or null. */
  readonly value: unknown;
  /** Why the value is not the part's own. */
  readonly failure: FrontdeskError | undefined;
  /** Whether the value lacks something that the graph could not give. */
  readonly partial: boolean;
}

/** How one part ended, for logs and metrics. */
export interface PartReport {
  readonly screen: string;
  readonly part: string;
  readonly outcome: 'ok' | 'partial' | 'failed';
  readonly durationMs: number;
  readonly failure: FrontdeskError | undefined;
}

/** What of a screen its run needs. */
export type RunnableScreen = Pick<Screen, 'field' | 'scopes' | 'deadlineMs' | 'parts'>;

export interface ScreenRunOptions {
  /** The exchange that asks. */
  readonly context: CallContext;
  readonly clock: Clock;
  readonly openClients: OpenClients;
  /** What the caller said, checked. Default: nothing. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** Told of each part that was asked for, once. */
  readonly report?: (report: PartReport) => void;
}

/** All parts of a screen. */
export interface ScreenAnswer {
  readonly values: Readonly<Record<string, unknown>>;
  /** The names of the parts that are missing or partial, in the screen's order. */
  readonly incomplete: readonly string[];
}

export class ScreenRun {
  readonly screen: RunnableScreen;
  readonly #options: ScreenRunOptions;
  readonly #cancellation = new Cancellation();
  readonly #context: CallContext;
  readonly #unlink: () => void;
  readonly #runs = new Map<string, PartRun>();
  readonly #outcomes = new Map<string, Promise<PartOutcome>>();
  readonly #incomplete = new Set<string>();

  /** Throws `unauthenticated` or `insufficient_scope` where the caller may not see the screen. */
  constructor(screen: RunnableScreen, options: ScreenRunOptions) {
    const { context, clock } = options;
    requireScopes(context, screen.scopes, `screen ${screen.field}`);
    this.screen = screen;
    this.#options = options;
    const deadline = new Deadline(clock, this.#cancellation);
    this.#context = { ...withCancellation(context, this.#cancellation), deadline };
    this.#unlink = context.cancellation.onCancel((reason) => this.#cancellation.cancel(reason));
    deadline.within(
      Math.max(1, Math.min(screen.deadlineMs, context.deadline.remainingMs() - ANSWER_MARGIN_MS)),
    );
  }

  /** The names of the parts asked for that are missing or partial, in the screen's order. */
  get incomplete(): readonly string[] {
    return Object.keys(this.screen.parts).filter((name) => this.#incomplete.has(name));
  }

  /**
   * One part as the client sees it. Rejects only where the screen as a whole fails: a required part failed, or
   * the exchange is over.
   */
  part(name: string): Promise<PartOutcome> {
    let outcome = this.#outcomes.get(name);
    if (!outcome) {
      outcome = this.#outcome(this.#run(name));
      outcome.catch(() => {});
      this.#outcomes.set(name, outcome);
    }
    return outcome;
  }

  /** Every part. Rejects at once when a required one fails. */
  async all(): Promise<ScreenAnswer> {
    const outcomes = await Promise.all(Object.keys(this.screen.parts).map((name) => this.part(name)));
    const values: Record<string, unknown> = {};
    for (const { name, value } of outcomes) values[name] = value;
    return { values, incomplete: this.incomplete };
  }

  /** Ends the run: whatever is still going on stops. */
  close(): void {
    this.#context.deadline.end();
    this.#unlink();
    this.#cancellation.cancel(ANSWERED);
    for (const run of this.#runs.values()) run.close(ANSWERED);
  }

  #run(name: string): PartRun {
    const known = this.#runs.get(name);
    if (known) return known;
    const part = Object.hasOwn(this.screen.parts, name) ? this.screen.parts[name] : undefined;
    if (!part) throw this.#misuse(`there is no part ${name}`);
    const run = new PartRun(name, part, this.#context, this.#options.clock);
    this.#runs.set(name, run);
    try {
      requireScopes(this.#context, part.scopes, `part ${name}`);
    } catch (refused) {
      run.fail(refused);
    }
    if (!run.settled) {
      const { openClients, input } = this.#options;
      run.start(openClients(run), (used) => this.#use(run, used), input);
    }
    return run;
  }

  async #use(user: PartRun, name: string): Promise<unknown> {
    if (user.part.uses && !Object.hasOwn(user.part.uses, name)) {
      throw this.#misuse(`part ${user.name} uses ${name} without saying so in \`uses\``);
    }
    const used = this.#run(name);
    if (used.reaches(user)) {
      throw this.#misuse(
        `part ${user.name} uses ${name}, which waits for ${user.name}: neither could ever start`,
      );
    }
    return user.waitFor(used);
  }

  async #outcome(run: PartRun): Promise<PartOutcome> {
    const { name, part } = run;
    let failure: FrontdeskError;
    try {
      const value = part.shape(await run.raw);
      if (run.partial && (value === null || value === undefined)) {
        throw new FrontdeskError('upstream_error', { detail: 'the graph gave nothing of what was asked' });
      }
      if (run.partial) this.#incomplete.add(name);
      this.#report(run, undefined);
      return { name, value, failure: undefined, partial: run.partial };
    } catch (thrown) {
      failure = toFrontdeskError(thrown);
    }
    const over = this.#options.context.cancellation.reason;
    if (over) throw over;
    this.#report(run, failure);
    if (part.required) {
      const fatal = screenFailure(name, failure);
      this.#cancellation.cancel(fatal);
      throw fatal;
    }
    this.#incomplete.add(name);
    return { name, value: part.fallback ? part.fallback.value : null, failure, partial: false };
  }

  #report(run: PartRun, failure: FrontdeskError | undefined): void {
    this.#options.report?.({
      screen: this.screen.field,
      part: run.name,
      outcome: failure ? 'failed' : run.partial ? 'partial' : 'ok',
      durationMs: run.durationMs,
      failure,
    });
  }

  #misuse(text: string): FrontdeskError {
    return new FrontdeskError('internal', { detail: `screen ${this.screen.field}: ${text}` });
  }
}

/**
 * What a required part's failure means for the screen: the caller's own fault (a missing scope, a spent limit)
 * stays what it is, since trying again would not help; anything else is 503 with `Retry-After`.
 */
function screenFailure(name: string, failure: FrontdeskError): FrontdeskError {
  if (failure.code === 'part_failed' || (failure.status >= 400 && failure.status < 500)) return failure;
  return new FrontdeskError('part_failed', {
    cause: failure,
    detail: `part ${name}: ${failure.code}${failure.detail === undefined ? '' : `: ${failure.detail}`}`,
    retryAfterS: failure.retryAfterS ?? DEFAULT_RETRY_AFTER_S,
    members: { part: name },
  });
}

function requireScopes(context: CallContext, scopes: readonly string[], what: string): void {
  if (scopes.length === 0) return;
  if (!context.identity) throw new FrontdeskError('unauthenticated');
  const missing = scopes.filter((scope) => !context.identity?.scopes.has(scope));
  if (missing.length > 0) {
    throw new FrontdeskError('insufficient_scope', { detail: `${what} needs ${missing.join(' ')}` });
  }
}
