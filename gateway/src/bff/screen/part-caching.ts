/**
 * How the parts of one BFF are cached, and what their last good values are: keys, who waits for whom, what may stand in.
 * A key holds the BFF, the screen, the part, what the caller said and, unless the part is shared, who asks: nobody is
 * given what another was answered.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { NORMAL_PRIORITY } from '../../core/priority.ts';
import { type Flight, type KeptParts, keepable } from './kept-parts.ts';
import { askerOf, type LastGood } from './last-good.ts';
import type { PartCache } from './part-cache.ts';
import type { OpenClients, PartKeeping, PartRun } from './part-run.ts';

export interface PartCachingOptions {
  /** The BFF's name. */
  readonly bff: string;
  /** A text of whatever else decides what backends answer. */
  readonly shape: string;
  readonly kept: KeptParts;
  readonly lastGood: LastGood;
  /** Clients for values that are fetched behind an answer. */
  readonly openClients: () => OpenClients;
}

/** What decides a part's value. */
export interface PartQuestion {
  readonly screen: string;
  readonly input: unknown;
  readonly context: CallContext;
}

/** A run that nobody waits for. */
interface BackgroundRun {
  close(): void;
}

/** Values that are fetched behind answers at once, for each BFF: more wait for who asks. */
const MAX_BACKGROUND = 64;

export class PartCaching {
  readonly openClients: () => OpenClients;
  readonly #bff: string;
  readonly #shape: string;
  readonly #kept: KeptParts;
  readonly #lastGood: LastGood;
  readonly #background = new Set<BackgroundRun>();
  #closed = false;

  constructor({ bff, shape, kept, lastGood, openClients }: PartCachingOptions) {
    this.#bff = bff;
    this.#shape = shape;
    this.#kept = kept;
    this.#lastGood = lastGood;
    this.openClients = openClients;
  }

  keyOf({ screen, input, context }: PartQuestion, part: string, shared: boolean): string {
    const who = shared ? '*' : askerOf(context);
    return JSON.stringify([this.#bff, screen, part, input ?? null, who, this.#shape]);
  }

  /**
   * Gives the run what is kept, has it wait for another that fetches the same, or lets it `lead`. `refresh`: fetches
   * behind the answer; `undefined` for a run that is one of those.
   */
  begin(
    run: PartRun,
    cache: PartCache,
    key: string,
    lead: () => void,
    refresh: (() => BackgroundRun) | undefined,
  ): void {
    const { forMs, shared, staleWhileRevalidateMs } = cache;
    const found = refresh ? this.#kept.get(key, longestMs(cache)) : undefined;
    const ageMs = found ? this.#kept.clock.now() - found.keptAt : 0;
    if (found && refresh && ageMs < forMs + staleWhileRevalidateMs) {
      run.from = 'cached';
      run.freshness = { shared, leftMs: Math.max(0, forMs - ageMs) };
      if (ageMs >= forMs && !this.#kept.flight(key)) this.#refresh(refresh);
      run.succeed(found.value);
      return;
    }
    const flight = this.#kept.flight(key);
    if (flight) {
      run.keeping = new Keeping(this.#kept, cache, key);
      run.arm();
      flight.followers.push({ run, lead: () => this.#lead(run, cache, key, lead) });
      return;
    }
    this.#lead(run, cache, key, lead);
  }

  /** Called when a run has settled: those who waited for it are told, or one of them goes on in its place. */
  settled(run: PartRun): void {
    if (run.keeping instanceof Leading) run.keeping.land(run);
  }

  /** The value of a part that failed, from when it last did not; boxed. */
  lastGood(key: string, maxAgeMs: number): { readonly value: unknown } | undefined {
    const text = this.#lastGood.get(key, maxAgeMs);
    return text === undefined ? undefined : { value: JSON.parse(text) };
  }

  /** `askedAt`: when the part began; what was purged since is not kept. */
  keepLastGood(key: string, value: unknown, askedAt: number): void {
    const text = JSON.stringify(value);
    if (text !== undefined) this.#lastGood.put(key, text, askedAt);
  }

  /** Ends what is being fetched behind answers. */
  close(): void {
    this.#closed = true;
    for (const run of this.#background) run.close();
    this.#background.clear();
  }

  /** A background run has done its work. */
  done(run: BackgroundRun): void {
    this.#background.delete(run);
    run.close();
  }

  #refresh(refresh: () => BackgroundRun): void {
    if (this.#closed || this.#background.size >= MAX_BACKGROUND) return;
    this.#background.add(refresh());
  }

  #lead(run: PartRun, cache: PartCache, key: string, lead: () => void): void {
    const flight: Flight = { followers: [] };
    this.#kept.begin(key, flight);
    run.keeping = new Leading(this.#kept, cache, key, flight);
    lead();
  }
}

/** How long a value may be of any use. */
function longestMs({ forMs, staleWhileRevalidateMs, staleIfErrorMs }: PartCache): number {
  return forMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs);
}

/** A part that waits for another's value. */
class Keeping implements PartKeeping {
  protected readonly kept: KeptParts;
  protected readonly cache: PartCache;
  protected readonly key: string;

  constructor(kept: KeptParts, cache: PartCache, key: string) {
    this.kept = kept;
    this.cache = cache;
    this.key = key;
  }

  keep(_run: PartRun, value: unknown): unknown {
    return value;
  }

  stale(run: PartRun): { readonly value: unknown } | undefined {
    const { forMs, shared, staleIfErrorMs } = this.cache;
    if (staleIfErrorMs === 0) return undefined;
    const found = this.kept.get(this.key, longestMs(this.cache));
    if (!found || this.kept.clock.now() - found.keptAt > forMs + staleIfErrorMs) return undefined;
    run.freshness = { shared, leftMs: 0 };
    return found;
  }
}

/** The part that fetches a value, for itself and for those who wait for it. */
class Leading extends Keeping {
  readonly #flight: Flight;

  constructor(kept: KeptParts, cache: PartCache, key: string, flight: Flight) {
    super(kept, cache, key);
    this.#flight = flight;
  }

  override keep(run: PartRun, value: unknown): unknown {
    const { forMs, shared } = this.cache;
    const kept = keepable(value);
    if (run.partial || run.madeOfPartial || kept.value === undefined) return kept.value;
    // Purged meanwhile: what was asked before the purge is not what is wanted after it.
    if (this.kept.flight(this.key) === this.#flight) this.kept.put(this.key, kept.value, kept.bytes);
    run.freshness = { shared, leftMs: forMs };
    return kept.value;
  }

  land(run: PartRun): void {
    this.kept.end(this.key, this.#flight);
    const waiting = this.#flight.followers.filter((follower) => !follower.run.settled);
    if (run.stopped || isOwnFailure(run)) {
      this.#handOver(waiting);
      return;
    }
    for (const follower of waiting) {
      follower.run.partial = run.partial;
      if (!run.ok) {
        follower.run.fail(run.reason);
        continue;
      }
      follower.run.freshness = run.freshness;
      follower.run.from = run.from ?? 'cached';
      follower.run.succeed(run.value);
    }
  }

  /** The one who fetched it failed by itself, which is none of the others' matter: the first of them goes on. */
  #handOver(waiting: Flight['followers']): void {
    const [first, ...others] = waiting;
    if (!first) return;
    first.lead();
    if (first.run.keeping instanceof Leading) first.run.keeping.#flight.followers.push(...others);
  }
}

/** Whether it failed for what was its own: the time that it had, or that its call mattered less than others'. */
function isOwnFailure({ ok, reason, context }: PartRun): boolean {
  if (ok || !(reason instanceof FrontdeskError)) return false;
  if (reason.code === 'overloaded') return (context.priority ?? NORMAL_PRIORITY) > NORMAL_PRIORITY;
  return reason.code === 'deadline_exceeded' || reason.code === 'client_closed';
}
