/**
 * Runs a screen. Parts start when they are asked for and not before, each at most once, all of them in one turn;
 * one that `use`s another waits for it. The failure of an optional part stays with it; the failure of a required
 * part is the screen's, at once. Nothing goes on past the screen's deadline or after `close`.
 */
import { Cancellation } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { Deadline } from '../../core/deadline.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { LEAST_PRIORITY } from '../../core/priority.ts';
import type { ScreenTrace } from '../../core/request-trace.ts';
import { Timeline } from '../../core/timeline.ts';
import type { TellDrift } from '../drift.ts';
import { NO_INPUT } from '../input.ts';
import { maySurvive } from './fallback.ts';
import type { PartCaching, PartQuestion } from './part-caching.ts';
import { type PartHost, PartRun, withCancellation } from './part-run.ts';
import { refusalOf, screenFailure } from './screen-failure.ts';
import type {
  PartOutcome,
  PartReport,
  RunnableScreen,
  ScreenAnswer,
  ScreenRunOptions,
} from './screen-outcome.ts';

export type { PartOutcome, PartReport, RunnableScreen, ScreenAnswer, ScreenRunOptions };

/** Kept of the exchange's own deadline to write the answer in, milliseconds: an incomplete answer beats none. */
const ANSWER_MARGIN_MS = 20;

/** Why a run's work is stopped when it is over. One for all: an error's stack would be most of what a run's end costs. */
const ANSWERED = new FrontdeskError('client_closed', { detail: 'the screen has its answer' });

/** Somebody who waits for several parts. */
interface Gathering {
  readonly names: readonly string[];
  left: number;
  readonly resolve: (answer: ScreenAnswer) => void;
  readonly reject: (reason: unknown) => void;
}

/** A part that was asked for. */
interface Asked {
  readonly run: PartRun;
  outcome: PartOutcome | undefined;
  /** Where somebody waits for this part alone. */
  waiting: PromiseWithResolvers<PartOutcome> | undefined;
}

export class ScreenRun implements PartHost {
  readonly screen: RunnableScreen;
  readonly clock: Clock;
  readonly input: Readonly<Record<string, unknown>>;
  readonly #options: ScreenRunOptions;
  readonly #cancellation = new Cancellation();
  readonly #context: CallContext;
  readonly #deadline: Deadline;
  readonly #unlink: () => void;
  readonly #runs = new Map<string, PartRun>();
  readonly #asked = new Map<string, Asked>();
  readonly #gatherings: Gathering[] = [];
  /** Why there is no screen, boxed; `undefined` while there may be one. */
  #failure: { readonly reason: unknown } | undefined;

  /** Throws `unauthenticated` or `insufficient_scope` where the caller may not see the screen. */
  constructor(screen: RunnableScreen, options: ScreenRunOptions) {
    const { context, clock, input = NO_INPUT } = options;
    const refusal = refusalOf(context, screen.scopes, 'screen', screen.field);
    if (refusal) throw refusal;
    this.screen = screen;
    this.clock = clock;
    this.input = input;
    this.#options = options;
    const deadline = new Deadline(clock, this.#cancellation);
    this.#deadline = deadline;
    this.#context = { ...withCancellation(context, this.#cancellation), deadline };
    this.#cancellation.onCancel((reason) => this.#stop(reason));
    this.#unlink = context.cancellation.onCancel((reason) => this.#cancellation.cancel(reason));
    deadline.within(
      Math.max(1, Math.min(screen.deadlineMs, context.deadline.remainingMs() - ANSWER_MARGIN_MS)),
    );
  }

  get trace(): ScreenTrace | undefined {
    return this.#options.trace;
  }

  get tellDrift(): TellDrift | undefined {
    return this.#options.tellDrift;
  }

  /** Who asks; `undefined` where nobody was asked to identify. */
  get identity(): CallContext['identity'] {
    return this.#context.identity;
  }

  /** The names of the parts asked for that are missing or partial, in the screen's order. */
  get incomplete(): readonly string[] {
    const names: string[] = [];
    for (const name of Object.keys(this.screen.parts)) {
      const outcome = this.#asked.get(name)?.outcome;
      if (outcome && (outcome.failure || outcome.partial)) names.push(name);
    }
    return names;
  }

  /** What became of each part that was asked for; `undefined` for one that is still under way. */
  get outcomes(): readonly (PartOutcome | undefined)[] {
    return [...this.#asked.values()].map(({ outcome }) => outcome);
  }

  /**
   * One part as the client sees it. Rejects only where the screen as a whole fails: a required part failed, or
   * the exchange is over.
   */
  part(name: string): Promise<PartOutcome> {
    const asked = this.#ask(name);
    if (!asked.waiting) {
      const waiting = Promise.withResolvers<PartOutcome>();
      waiting.promise.catch(ignore);
      asked.waiting = waiting;
      if (asked.outcome) waiting.resolve(asked.outcome);
      else if (this.#failure) waiting.reject(this.#failure.reason);
    }
    return asked.waiting.promise;
  }

  /** A part's value as its function gave it, before `shape`, for who follows the screen. Starts it where nobody has. */
  raw(name: string): Promise<unknown> {
    return this.#run(name).raw;
  }

  /** Every part, or those that are named. Rejects at once when a required one fails. */
  all(given?: readonly string[]): Promise<ScreenAnswer> {
    const names = given ? [...new Set(given)] : Object.keys(this.screen.parts);
    let left = 0;
    for (const name of names) if (!this.#ask(name).outcome) left += 1;
    if (this.#failure) return Promise.reject(this.#failure.reason);
    if (left === 0) return Promise.resolve(this.#answerOf(names));
    const { promise, resolve, reject } = Promise.withResolvers<ScreenAnswer>();
    this.#gatherings.push({ names, left, resolve, reject });
    return promise;
  }

  /** Ends the run: whatever is still going on stops. */
  close(): void {
    this.#deadline.end();
    this.#unlink();
    this.#cancellation.cancel(ANSWERED);
  }

  onSettled(run: PartRun): void {
    this.#options.trace?.settled(run);
    if (run.keeping) this.#options.caching?.settled(run);
    const asked = this.#asked.get(run.name);
    if (asked) this.#conclude(asked);
  }

  async use(user: PartRun, name: string): Promise<unknown> {
    if (user.part.uses && !Object.hasOwn(user.part.uses, name)) {
      throw this.#misuse(`part ${user.name} uses ${name} without saying so in \`uses\``);
    }
    const used = this.#run(name);
    if (user.part.shared === true && used.part.shared !== true) {
      throw this.#misuse(
        `part ${user.name} is shared by all callers, so that it can't use ${name}, which is not`,
      );
    }
    if (used.reaches(user)) {
      throw this.#misuse(
        `part ${user.name} uses ${name}, which waits for ${user.name}: neither could ever start`,
      );
    }
    return user.waitFor(used);
  }

  #ask(name: string): Asked {
    let asked = this.#asked.get(name);
    if (!asked) {
      asked = { run: this.#run(name), outcome: undefined, waiting: undefined };
      this.#asked.set(name, asked);
      if (asked.run.settled) this.#conclude(asked);
    }
    return asked;
  }

  #run(name: string): PartRun {
    const known = this.#runs.get(name);
    if (known) return known;
    const part = Object.hasOwn(this.screen.parts, name) ? this.screen.parts[name] : undefined;
    if (!part) throw this.#misuse(`there is no part ${name}`);
    const run = new PartRun(name, part, this.#context, this);
    this.#runs.set(name, run);
    const over = this.#cancellation.reason;
    const refusal = over ?? refusalOf(this.#context, part.scopes, 'part', name);
    if (refusal) {
      run.fail(refusal);
      return run;
    }
    const { caching } = this.#options;
    if (part.cache && caching) this.#runCached(run, caching);
    else run.start(this.#options.openClients(run));
    return run;
  }

  #runCached(run: PartRun, caching: PartCaching): void {
    const { cache, shared } = run.part;
    if (!cache) return;
    const { refreshes, openClients } = this.#options;
    const key = caching.keyOf(this.#question, run.name, shared === true);
    const refresh = refreshes === run.name ? undefined : () => this.#refresh(run.name, caching);
    caching.begin(run, cache, key, () => run.start(openClients(run)), refresh);
  }

  get #question(): PartQuestion {
    const { field, keptAs = field } = this.screen;
    return { screen: keptAs, input: this.input, context: this.#context };
  }

  /** Fetches a part's value for those who come after: a run of its own, as long as the screen's deadline at most. */
  #refresh(name: string, caching: PartCaching): ScreenRun {
    const { context, clock, input, report, tellDrift } = this.#options;
    const cancellation = new Cancellation();
    const detached: CallContext = {
      ...withCancellation(context, cancellation, LEAST_PRIORITY),
      deadline: new Deadline(clock, cancellation),
      timeline: new Timeline(() => clock.now()),
    };
    const run = new ScreenRun(this.screen, {
      context: detached,
      clock,
      openClients: caching.openClients(),
      input: input ?? NO_INPUT,
      report,
      caching,
      tellDrift,
      refreshes: name,
    });
    const done = () => caching.done(run);
    run.part(name).then(done, done);
    return run;
  }

  /** The run is over, by failure, deadline or because it was closed: so are its parts. */
  #stop(reason: Error): void {
    for (const run of this.#runs.values()) run.cancel(reason);
    const { reason: over } = this.#options.context.cancellation;
    if (over) this.#fail(over);
    else if (reason === ANSWERED) this.#fail(reason);
  }

  #fail(reason: unknown): void {
    if (this.#failure) return;
    this.#failure = { reason };
    for (const { outcome, waiting } of this.#asked.values()) if (!outcome) waiting?.reject(reason);
    for (const gathering of this.#gatherings) gathering.reject(reason);
  }

  #conclude(asked: Asked): void {
    const { run } = asked;
    let failure: FrontdeskError | undefined;
    if (run.ok) {
      try {
        this.#decide(asked, this.#shaped(run));
        return;
      } catch (thrown) {
        failure = toFrontdeskError(thrown);
      }
    } else {
      failure = toFrontdeskError(run.reason);
    }
    if (this.#failure || this.#options.context.cancellation.reason || run.reason === ANSWERED) {
      this.#report(run, undefined, 'stopped');
      return;
    }
    this.#report(run, failure, 'failed');
    if (run.part.required) {
      const fatal = screenFailure(run.name, failure);
      this.#fail(fatal);
      this.#cancellation.cancel(fatal);
      return;
    }
    const value = this.#standIn(run, failure);
    this.#decide(asked, { name: run.name, value, failure, partial: false, freshness: undefined });
  }

  /** What the client sees of a part that has its value. Throws where that can't be made. */
  #shaped(run: PartRun): PartOutcome {
    const { name, part, partial } = run;
    const value = part.shape(run.value);
    if (partial && (value === null || value === undefined)) {
      throw new FrontdeskError('upstream_error', { detail: 'the graph gave nothing of what was asked' });
    }
    const { caching } = this.#options;
    if (part.lastGoodMs !== undefined && caching && !partial && run.from !== 'stale') {
      const key = caching.keyOf(this.#question, name, part.shared === true);
      caching.keepLastGood(key, value, run.startedAt);
    }
    this.#report(run, undefined, run.from ?? (partial ? 'partial' : 'ok'));
    return { name, value, failure: undefined, partial, freshness: partial ? undefined : run.freshness };
  }

  #standIn({ name, part }: PartRun, failure: FrontdeskError): unknown {
    const { caching } = this.#options;
    if (part.lastGoodMs !== undefined && caching && maySurvive(failure)) {
      const key = caching.keyOf(this.#question, name, part.shared === true);
      const found = caching.lastGood(key, part.lastGoodMs);
      if (found) return found.value;
    }
    return part.fallback ? part.fallback.value : null;
  }

  #decide(asked: Asked, outcome: PartOutcome): void {
    asked.outcome = outcome;
    asked.waiting?.resolve(outcome);
    for (const gathering of this.#gatherings) {
      if (!gathering.names.includes(outcome.name)) continue;
      gathering.left -= 1;
      if (gathering.left === 0) gathering.resolve(this.#answerOf(gathering.names));
    }
  }

  #answerOf(names: readonly string[]): ScreenAnswer {
    const values: Record<string, unknown> = {};
    for (const name of names) values[name] = this.#asked.get(name)?.outcome?.value;
    return { values, incomplete: this.incomplete };
  }

  #report(run: PartRun, failure: FrontdeskError | undefined, outcome: PartReport['outcome']): void {
    const { report, trace } = this.#options;
    trace?.ended(run.name, outcome, failure);
    if (!report) return;
    report({ screen: this.screen.field, part: run.name, outcome, durationMs: run.durationMs, failure });
  }

  #misuse(text: string): FrontdeskError {
    return new FrontdeskError('internal', { detail: `screen ${this.screen.field}: ${text}` });
  }
}

function ignore(): void {}
