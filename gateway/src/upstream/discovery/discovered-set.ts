/**
 * What is known of one source's endpoints. It outlives snapshots. The last good set is kept whatever becomes of the registry: gone,
 * silent, empty or talking nonsense; only a `maxStale` or an `allowEmpty` of the configuration lets go of it. Every
 * change, failure and recovery is logged and counted.
 */
import type { Clock, Random } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { EndpointSpec } from '../endpoints/target.ts';
import { type AddressGuard, addressGuard } from './address-guard.ts';
import type { DiscoverConfig } from './config.ts';
import type { DiscoveryMetrics } from './metrics.ts';
import { pause } from './pause.ts';
import type { DiscoveryFollower, DiscoverySource } from './source.ts';

export type DiscoverySettings = Pick<
  DiscoverConfig,
  'startWithin' | 'allowEmpty' | 'maxStale' | 'maxEndpoints' | 'addresses'
> & {
  /** Whether the upstream speaks TLS by settings of its own: then nobody's `http://` leads past them. */
  readonly secure?: boolean;
};

export interface DiscoveredSetParts {
  readonly source: DiscoverySource;
  readonly settings: DiscoverySettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: DiscoveryMetrics;
  readonly logger: Logger;
}

/** What operators see of it. */
export interface DiscoveryView {
  readonly source: string;
  /** `waiting`: there never was a set; `failing`: the set is kept, and nobody confirms it. */
  readonly state: 'waiting' | 'following' | 'failing';
  readonly endpoints: number;
  /** When the set last changed, as RFC 3339. */
  readonly changed: string | undefined;
  /** When it was last confirmed. */
  readonly confirmed: string | undefined;
  /** Why it is not confirmed now. */
  readonly reason: string | undefined;
  /** What the registry says and is not called, each with why: the first of them. */
  readonly refused: readonly string[];
}

const FIRST_BACKOFF_MS = 250;
const SHOWN_FAULTS = 10;

export class DiscoveredSet implements DiscoveryFollower {
  readonly #parts: DiscoveredSetParts;
  readonly #refuse: AddressGuard;
  readonly #ended = new AbortController();
  readonly #listeners = new Set<(specs: readonly EndpointSpec[]) => void>();
  readonly #first = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #specs: readonly EndpointSpec[] | undefined;
  /** The last set that was believed: what is confirmed after all when it had been given up. */
  #believed: readonly EndpointSpec[] = [];
  /** Why the registry's last answer was not believed; `undefined` where it was. */
  #disbelief: string | undefined;
  /** What `#specs` are, as text. */
  #key = '';
  #refused: readonly string[] = [];
  #reason: string | undefined;
  #failures = 0;
  #confirmedAt: number | undefined;
  #confirmed: string | undefined;
  #changed: string | undefined;
  #disarmStale: (() => void) | undefined;

  constructor(parts: DiscoveredSetParts) {
    const { clock, settings, source, metrics } = parts;
    this.#parts = parts;
    this.#refuse = source.guarded ? addressGuard(settings.addresses) : () => undefined;
    const disarm = clock.after(settings.startWithin, this.#first.resolve);
    void this.#first.promise.then(disarm);
    metrics.failures(0, source.name);
    this.#running = this.#run();
  }

  get name(): string {
    return this.#parts.source.name;
  }

  /** `undefined`: there never was a set. */
  get endpoints(): readonly EndpointSpec[] | undefined {
    return this.#specs;
  }

  /** Resolves when there is a set, or `startWithin` is over. */
  get started(): Promise<void> {
    return this.#first.promise;
  }

  /** Why it has no set; `undefined` where it has one. */
  get missing(): string | undefined {
    return this.#specs ? undefined : (this.#reason ?? 'no answer yet');
  }

  get view(): DiscoveryView {
    return {
      source: this.name,
      state:
        this.#reason === undefined
          ? this.#specs
            ? 'following'
            : 'waiting'
          : this.#specs
            ? 'failing'
            : 'waiting',
      endpoints: this.#specs?.length ?? 0,
      changed: this.#changed,
      confirmed: this.#confirmed,
      reason: this.#reason,
      refused: this.#refused.slice(0, SHOWN_FAULTS),
    };
  }

  /** Calls `listener` with each set from now on. Returns how to stop. */
  subscribe(listener: (specs: readonly EndpointSpec[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sets the gauges that change by themselves; before metrics are read. */
  measure(): void {
    const { clock, metrics } = this.#parts;
    const lost = this.#reason !== undefined && this.#confirmedAt !== undefined;
    metrics.age(lost ? (clock.now() - (this.#confirmedAt ?? 0)) / 1_000 : 0, this.name);
    metrics.endpoints(this.#specs?.length ?? 0, this.name);
    metrics.refused(this.#refused.length, this.name);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#ended.abort();
    this.#disarmStale?.();
    this.#first.resolve();
    await this.#running;
    // Where a reload has made another of the same name, its next `measure` says what it has.
    const { metrics } = this.#parts;
    for (const gauge of [metrics.age, metrics.endpoints, metrics.refused]) gauge(Number.NaN, this.name);
  }

  found(specs: readonly EndpointSpec[], faults: readonly string[] = []): void {
    if (this.#ended.signal.aborted) return;
    const taken = this.#takeable(specs, faults);
    if (taken.length > 0 || (this.#parts.settings.allowEmpty && specs.length === 0)) {
      this.#believed = taken;
      this.#disbelief = undefined;
      this.#replace(taken);
      this.confirmed();
      return;
    }
    this.#disbelief =
      specs.length === 0 ? 'the registry knows no endpoint' : 'no endpoint that it knows may be called';
    this.#lost(this.#disbelief);
  }

  confirmed(): void {
    const { clock, logger } = this.#parts;
    if (this.#ended.signal.aborted || !this.#specs) return;
    // An answer that was not believed is not made better by being repeated.
    if (this.#disbelief !== undefined) {
      this.#reason = this.#disbelief;
      return;
    }
    this.#replace(this.#believed);
    this.#disarmStale?.();
    this.#disarmStale = undefined;
    this.#confirmedAt = clock.now();
    this.#confirmed = new Date(clock.wall()).toISOString();
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    logger.info({ source: this.name, endpoints: this.#believed.length }, 'discovery works again');
  }

  failed(reason: string): void {
    if (!this.#ended.signal.aborted) this.#lost(reason);
  }

  async #run(): Promise<void> {
    const { source, clock, random } = this.#parts;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const startedAt = clock.now();
      let reason = 'the source ended';
      try {
        await source.follow(this, signal);
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      if (signal.aborted) return;
      this.#lost(reason);
      // What held for a while begins anew; a registry that answers once and breaks again and again is spared.
      if (clock.now() - startedAt > source.longestBackoffMs) this.#failures = 0;
      const longest = Math.min(source.longestBackoffMs, FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures, 20));
      this.#failures += 1;
      await pause(clock, longest / 2 + (longest / 2) * random(), signal);
    }
  }

  /** What may be called, each once and in an order that is the same for the same endpoints. */
  #takeable(specs: readonly EndpointSpec[], faults: readonly string[]): EndpointSpec[] {
    const { settings, logger } = this.#parts;
    const refused = [...faults];
    const taken = new Map<string, EndpointSpec>();
    for (const spec of specs) {
      const why = settings.secure && !spec.url.startsWith('https://') ? notSecure(spec) : this.#refuse(spec);
      if (why === undefined) taken.set(keyOf(spec), spec);
      else refused.push(why);
    }
    const sorted = [...taken].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, spec]) => spec);
    for (const { url, address } of sorted.splice(settings.maxEndpoints)) {
      refused.push(`${address ?? url} is one more than maxEndpoints`);
    }
    const news = refused.slice(0, SHOWN_FAULTS);
    if (refused.length > 0 && news.join() !== this.#refused.slice(0, SHOWN_FAULTS).join()) {
      logger.warn(
        { source: this.name, refused: refused.length, reasons: news },
        'discovered endpoints are not called',
      );
    }
    this.#refused = refused;
    return sorted;
  }

  #replace(specs: readonly EndpointSpec[]): void {
    const key = specs.map(keyOf).join('\n');
    if (this.#specs && key === this.#key) return;
    const { clock, logger, metrics } = this.#parts;
    const before = new Set((this.#specs ?? []).map(placeOf));
    const after = new Set(specs.map(placeOf));
    const added = [...after].filter((place) => !before.has(place)).length;
    const removed = [...before].filter((place) => !after.has(place)).length;
    this.#specs = specs;
    this.#key = key;
    this.#changed = new Date(clock.wall()).toISOString();
    metrics.updates(1, this.name);
    logger.info({ source: this.name, endpoints: specs.length, added, removed }, 'endpoints changed');
    for (const listener of this.#listeners) listener(specs);
    this.#first.resolve();
  }

  #lost(reason: string): void {
    const { settings, clock, logger, metrics } = this.#parts;
    metrics.failures(1, this.name);
    if (this.#reason !== reason) {
      const kept = this.#specs?.length ?? 0;
      logger.warn({ source: this.name, reason, kept }, 'discovery fails; the last endpoints are kept');
    }
    this.#reason = reason;
    const { maxStale } = settings;
    if (maxStale === undefined || this.#disarmStale || !this.#specs || this.#confirmedAt === undefined)
      return;
    const leftMs = Math.max(0, this.#confirmedAt + maxStale - clock.now());
    this.#disarmStale = clock.after(leftMs, () => {
      logger.error({ source: this.name, maxStale }, 'endpoints that nobody confirmed are given up');
      this.#replace([]);
    });
  }
}

function notSecure({ url }: EndpointSpec): string {
  return `${url} is not https://, and its upstream has tls`;
}

function placeOf({ url, address }: EndpointSpec): string {
  return `${url} ${address ?? ''}`;
}

function keyOf({ url, address, weight, zone, priority }: EndpointSpec): string {
  return JSON.stringify([url, address, weight, zone, priority]);
}
