/**
 * One live stream: the screen's answer first, then the newest values of parts as their feeds give them. Whoever reads
 * it does so at the client's pace; what comes meanwhile is conflated (see `latest-updates.ts`). Feeds are opened with the
 * screen, so that nothing is missed between its answer and them; one that nobody selected is never opened.
 */
import { Cancellation } from '../../core/abort.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { Deadline } from '../../core/deadline.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { Timeline } from '../../core/timeline.ts';
import type { PartOutcome, RunnableScreen, ScreenRun } from '../screen/engine.ts';
import { type OpenClients, withCancellation } from '../screen/part-run.ts';
import { type FeedListener, FeedRun } from './feed-run.ts';
import { LatestUpdates, type Update } from './latest-updates.ts';
import { type Live, partsOf } from './live.ts';

/** What happened: the whole at first, a part's new value, or which parts are missing or stale by now. */
export type LiveEvent =
  | { readonly kind: 'screen' }
  | ({ readonly kind: 'part' } & Update)
  | { readonly kind: 'incomplete'; readonly parts: readonly string[] };

/** What a stream tells of itself, for logs and metrics. */
export interface LiveObserver {
  /** A new value; `conflated` where it took the place of one that the client had not taken. */
  update(part: string, conflated: boolean): void;
  broke(part: string, failure: FrontdeskError, retryInMs: number | undefined): void;
  /** It is over: by itself, or with what ended it. Once. */
  ended(error: FrontdeskError | undefined): void;
}

export interface LiveRunOptions {
  /** The exchange that asks. */
  readonly context: CallContext;
  readonly clock: Clock;
  readonly random: Random;
  readonly input: Readonly<Record<string, unknown>>;
  /** New clients, with a memory of their own. */
  readonly openClients: () => OpenClients;
  /** The parts that the client wants. Default: all. */
  readonly parts?: readonly string[];
  readonly observer?: LiveObserver;
  /** Begins the screen, for its first answer and for what a feed may have missed. */
  readonly beginScreen: (screen: RunnableScreen, context: CallContext) => ScreenRun;
}

/** What the client knows of all parts that it wants, at one moment. */
export interface LiveState {
  readonly outcomes: ReadonlyMap<string, PartOutcome>;
  /** The names of the parts that are missing, partial or stale, in the screen's order. */
  readonly incomplete: readonly string[];
}

const OVER = new FrontdeskError('client_closed', { detail: 'the stream is over' });

export class LiveRun implements FeedListener {
  readonly live: Live;
  readonly #options: LiveRunOptions;
  readonly #parts: readonly string[];
  readonly #screen: RunnableScreen;
  readonly #cancellation = new Cancellation();
  readonly #context: CallContext;
  #unlink = (): void => {};
  readonly #first: ScreenRun;
  readonly #feeds = new Map<string, FeedRun>();
  readonly #outcomes = new Map<string, PartOutcome>();
  readonly #stale = new Set<string>();
  readonly #updates = new LatestUpdates();
  /** Parts of the first answer that feeds wait for. */
  readonly #using: Promise<unknown>[] = [];
  #begun = false;
  #missingChanged = false;
  #opening = true;
  /** Nothing comes after what waits; with an error nothing of that either. */
  #over: { readonly error: FrontdeskError | undefined } | undefined;
  #wake: (() => void) | undefined;

  /** Throws `unauthenticated` or `insufficient_scope` where the caller may not follow it. */
  constructor(live: Live, options: LiveRunOptions) {
    const { context, clock } = options;
    this.live = live;
    this.#options = options;
    const all = partsOf(live);
    this.#parts = options.parts ? all.filter((name) => options.parts?.includes(name)) : all;
    const { field, deadlineMs, scopes, screen } = live;
    this.#screen = { field, keptAs: screen?.field, deadlineMs, scopes, parts: screen?.parts ?? {} };
    this.#context = {
      ...withCancellation(context, this.#cancellation),
      deadline: new Deadline(clock, this.#cancellation),
      timeline: new Timeline(() => clock.now()),
    };
    // Who left meanwhile has no stream; nobody has been told that one began.
    context.cancellation.throwIfCancelled();
    this.#first = this.#screenRun(context);
    this.#unlink = context.cancellation.onCancel((reason) => this.end(toFrontdeskError(reason)));
  }

  /** Opens the feeds and reads the screen. Rejects where there is no stream: then everything is ended. */
  async begin(): Promise<void> {
    const ready = Promise.withResolvers<void>();
    try {
      for (const name of this.#followed()) this.#openFeed(name, ready.promise);
      const asked = new Set([...this.#parts, ...Object.keys(this.live.until)]);
      const known = [...asked].filter((name) => Object.hasOwn(this.#screen.parts, name));
      const outcomes = await Promise.all(known.map((name) => this.#first.part(name)));
      for (const outcome of outcomes) this.#outcomes.set(outcome.name, outcome);
      if (this.#over?.error) throw this.#over.error;
    } catch (error) {
      this.end(toFrontdeskError(error));
      throw error;
    } finally {
      this.#begun = true;
      ready.resolve();
      // A feed may still wait for a part that nobody selected.
      void Promise.allSettled(this.#using).then(() => this.#first.close());
    }
    for (const { name, value } of this.#outcomes.values()) this.#judge(name, value);
  }

  state(): LiveState {
    const outcomes = new Map(this.#outcomes);
    return { outcomes, incomplete: this.#incomplete() };
  }

  /** All values of the moment, by name. */
  values(): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const name of this.#parts) values[name] = this.#outcomes.get(name)?.value ?? null;
    return values;
  }

  /** The next event; `undefined` at the end. Rejects with what broke it. For one reader at a time. */
  async next(): Promise<LiveEvent | undefined> {
    for (;;) {
      if (this.#over?.error) throw this.#over.error;
      if (this.#opening) {
        this.#opening = false;
        this.#missingChanged = false;
        return { kind: 'screen' };
      }
      if (this.#missingChanged) {
        this.#missingChanged = false;
        return { kind: 'incomplete', parts: this.#incomplete() };
      }
      const update = this.#updates.take();
      if (update) return { kind: 'part', ...update };
      if (this.#over) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The state once something has happened, whatever it was; `undefined` at the end. */
  async nextState(): Promise<LiveState | undefined> {
    if (!(await this.next())) return undefined;
    this.#updates.clear();
    this.#missingChanged = false;
    return this.state();
  }

  /** Whether nothing more will happen, and the client has taken all that did. */
  get isOver(): boolean {
    return this.#over !== undefined && this.#updates.size === 0 && !this.#missingChanged;
  }

  /** Ends it: with an error at once, without one when the client has taken what waits. */
  end(error?: FrontdeskError): void {
    if (this.#over) {
      this.#over = { error: this.#over.error ?? error };
      return;
    }
    this.#over = { error };
    if (error) this.#updates.clear();
    this.#unlink();
    this.#cancellation.cancel(error ?? OVER);
    for (const feed of this.#feeds.values()) feed.stop();
    this.#wake?.();
    this.#options.observer?.ended(error);
  }

  value(name: string, value: unknown): void {
    if (this.#over) return;
    this.#outcomes.set(name, { name, value, failure: undefined, partial: false, freshness: undefined });
    // Who is followed for `until` alone is not told of.
    if (this.#parts.includes(name)) {
      const isNew = this.#updates.put(name, value);
      this.#options.observer?.update(name, !isNew);
      this.#wake?.();
    }
    this.#judge(name, value);
  }

  broke(name: string, failure: FrontdeskError, retryInMs: number | undefined): void {
    this.#options.observer?.broke(name, failure, retryInMs);
    if (this.live.updates[name]?.required) {
      this.end(requiredFailure(name, failure));
      return;
    }
    this.#setStale(name, true);
    if (retryInMs === undefined) this.ended(name);
  }

  healed(name: string, silent: boolean): void {
    this.#setStale(name, false);
    if (silent && Object.hasOwn(this.#screen.parts, name)) void this.#readAgain(name);
  }

  ended(name: string): void {
    this.#feeds.delete(name);
    if (this.#feeds.size === 0) this.end();
  }

  #followed(): string[] {
    const { updates, until } = this.live;
    return Object.keys(updates).filter((name) => this.#parts.includes(name) || Object.hasOwn(until, name));
  }

  #openFeed(name: string, ready: Promise<void>): void {
    const feed = this.live.updates[name];
    if (!feed) return;
    const { clock, random, input, openClients, context } = this.#options;
    // Whoever may not see the part may not see its new values either.
    const part = Object.hasOwn(this.#screen.parts, name) ? this.#screen.parts[name] : undefined;
    const missing = [...feed.scopes, ...(part?.scopes ?? [])].filter(
      (scope) => context.identity?.scopes.has(scope) !== true,
    );
    const run = new FeedRun({
      name,
      feed,
      context: this.#context,
      clock,
      random,
      input,
      openClients,
      use: (used) => this.#use(name, used),
      current: () => this.#outcomes.get(name)?.value ?? null,
      ready,
      listener: this,
    });
    this.#feeds.set(name, run);
    if (missing.length === 0) {
      run.start();
      return;
    }
    const detail = `the feed of ${name} needs ${missing.join(' ')}`;
    const code = context.identity ? 'insufficient_scope' : 'unauthenticated';
    void ready.then(() => {
      if (!this.#over) this.broke(name, new FrontdeskError(code, { detail }), undefined);
    });
  }

  async #use(user: string, name: string): Promise<unknown> {
    const declared = this.live.updates[user]?.uses;
    if (declared && !Object.hasOwn(declared, name)) {
      const detail = `the feed of ${user} uses ${name} without saying so in \`uses\``;
      throw new FrontdeskError('internal', { detail });
    }
    if (this.#begun) return this.#rawAgain(name);
    const raw = this.#first.raw(name);
    this.#using.push(raw);
    return raw;
  }

  /** For a feed that is opened again: what it is opened with may have changed. */
  async #rawAgain(name: string): Promise<unknown> {
    const run = this.#screenRun(this.#context);
    try {
      return await run.raw(name);
    } finally {
      run.close();
    }
  }

  /** What a silent feed may have missed, the screen's own part knows; a word of the feed meanwhile is newer. */
  async #readAgain(name: string): Promise<void> {
    const before = this.#outcomes.get(name);
    const run = this.#screenRun(this.#context);
    try {
      const { value, failure } = await run.part(name);
      const isNewest = this.#outcomes.get(name) === before && !this.#over;
      if (!failure && isNewest && JSON.stringify(value) !== JSON.stringify(before?.value)) {
        this.value(name, value);
      }
    } catch {
      // The feed is well, and will tell.
    } finally {
      run.close();
    }
  }

  #screenRun(context: CallContext): ScreenRun {
    // A stream lives long: what later readings leave on a timeline is not to gather on one.
    const timeline = new Timeline(() => this.#options.clock.now());
    const own = context === this.#context ? { ...context, timeline } : context;
    return this.#options.beginScreen(this.#screen, own);
  }

  #judge(name: string, value: unknown): void {
    if (this.live.until[name]?.(value)) this.end();
  }

  #setStale(name: string, stale: boolean): void {
    if (this.#stale.has(name) === stale || this.#over) return;
    if (stale) this.#stale.add(name);
    else this.#stale.delete(name);
    if (!this.#parts.includes(name)) return;
    this.#missingChanged = true;
    this.#wake?.();
  }

  #incomplete(): string[] {
    return this.#parts.filter((name) => {
      const outcome = this.#outcomes.get(name);
      return this.#stale.has(name) || outcome?.partial || outcome?.failure !== undefined;
    });
  }
}

function requiredFailure(name: string, failure: FrontdeskError): FrontdeskError {
  if (failure.status >= 400 && failure.status < 500) return failure;
  return new FrontdeskError('part_failed', {
    cause: failure,
    detail: `the feed of ${name}: ${failure.code}${failure.detail === undefined ? '' : `: ${failure.detail}`}`,
    retryAfterS: failure.retryAfterS ?? 1,
    members: { part: name },
  });
}
