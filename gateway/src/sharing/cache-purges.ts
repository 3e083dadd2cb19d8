/**
 * What a purge reaches, in every process: replies that upstreams' caches keep, and values of screens' parts. These have the
 * tags `bff:NAME`, `bff:NAME/SCREEN` and `bff:NAME/SCREEN/PART`, by which their last good values go, too.
 *
 * Processes that share state tell each other by a log. One that did not hear for a while reads what was purged meanwhile; where
 * that is no longer known it forgets everything. Writes of clients (RFC 9111 §4.4) are told as well, in passing: a cache
 * need not know of writes that went through another.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { KeptParts } from '../bff/screen/kept-parts.ts';
import type { LastGood } from '../bff/screen/last-good.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { Instrument, Meter } from '../core/meter.ts';
import type { Purge, PurgeRequest, PurgeResult } from '../handlers/admin/cache-purge.ts';
import { LogFollower } from '../state/log-follower.ts';
import type { SharedLogs } from '../state/logs.ts';
import type { SharedLog } from '../state/shared-log.ts';
import type { Channels } from '../state/store.ts';
import type { CacheRegistry } from '../upstream/cache/registry.ts';

/** Longer than a process is cut off and still alive, as a rule; past it everything is forgotten. */
const KEEP_MS = 3_600_000;
const MAX_PURGES = 4_096;
const INVALIDATIONS = 'cache.invalidated';
/** URIs of one message, and of one turn: what is beyond is not told. */
const MAX_TOLD = 256;
/** Of them together: a message is read by every process. */
const MAX_TOLD_CHARS = 64 * 1024;
/** A store that fails over to a replica may have lost what it took so shortly before. */
const UNSURE_MS = 10_000;
const MAX_UNSURE = 256;

export interface CachePurgesOptions {
  readonly caches: Pick<CacheRegistry, 'purge' | 'purged'>;
  readonly keptParts: KeptParts;
  readonly lastGood: LastGood;
  /** `undefined` where this process shares nothing. */
  readonly logs: SharedLogs | undefined;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export class CachePurges {
  readonly #options: CachePurgesOptions;
  readonly #process = randomUUID();
  readonly #log: SharedLog | undefined;
  readonly #follower: LogFollower | undefined;
  readonly #endInvalidations: (() => void) | undefined;
  readonly #heard: Instrument;
  /** By key: what this process had purged last, and when. */
  readonly #own = new Map<string, { readonly text: string; readonly atMs: number }>();
  /** Of these, what is written again when the store is back. */
  readonly #unsure = new Map<string, string>();
  /** Clock's milliseconds: what was purged later is in doubt since a gap; infinite while there was none. */
  #doubtedSinceMs = Number.POSITIVE_INFINITY;
  #invalidatedChars = 0;
  #invalidated: (readonly [upstream: string, uri: string])[] = [];

  constructor(options: CachePurgesOptions) {
    const { logs, channels, clock, meter } = options;
    this.#options = options;
    this.#heard = meter.counter({
      name: 'frontdesk_cache_purges_heard_total',
      help: 'Purges by other processes: purge, write (a client changed a URI), all (some were missed: everything was forgotten).',
      labels: ['what'],
    });
    if (!logs) return;
    this.#log = logs.open('purges', { keepMs: KEEP_MS, maxEntries: MAX_PURGES });
    this.#follower = new LogFollower({
      log: this.#log,
      channels,
      clock,
      listener: {
        entry: ({ text }) => this.#hear(text),
        lost: () => this.#forgetAll(),
        gap: () => this.#doubt(),
        caughtUp: () => void this.#tellAgain(),
      },
    });
    this.#endInvalidations = channels.subscribe(INVALIDATIONS, {
      message: (text) => this.#hearInvalidations(text),
      resumed() {},
    });
  }

  /** Purges here, then has all others purge. */
  async purge(request: PurgeRequest): Promise<PurgeResult> {
    const result = await this.#purgeHere(request);
    if (!this.#log) return { ...result, processes: 1 };
    const asked = JSON.stringify([request.upstream ?? null, request.purge]);
    const key = createHash('sha256').update(asked).digest('hex').slice(0, 32);
    const text = `${this.#process} ${asked}`;
    try {
      const { heard } = await this.#log.write(key, text);
      this.#remember(key, text);
      return heard === undefined ? result : { ...result, processes: heard };
    } catch (cause) {
      throw new FrontdeskError('upstream_unavailable', {
        detail: 'purged in this process; the others could not be told',
        members: { reasons: ['purged in this process; the others could not be told: ask again'] },
        retryAfterS: 1,
        cause,
      });
    }
  }

  /** A client's write made this URI invalid here. */
  invalidated(upstream: string, uri: string): void {
    if (!this.#log || this.#invalidated.length >= MAX_TOLD) return;
    if (this.#invalidatedChars + uri.length > MAX_TOLD_CHARS) return;
    this.#invalidatedChars += uri.length;
    this.#invalidated.push([upstream, uri]);
    if (this.#invalidated.length > 1) return;
    setImmediate(() => {
      const uris = this.#invalidated;
      this.#invalidated = [];
      this.#invalidatedChars = 0;
      // Who does not hear it keeps what it has for as long as that is fresh.
      this.#options.channels.publish(INVALIDATIONS, JSON.stringify([this.#process, uris])).catch(() => {});
    });
  }

  close(): void {
    this.#follower?.close();
    this.#endInvalidations?.();
  }

  #remember(key: string, text: string): void {
    this.#own.delete(key);
    this.#own.set(key, { text, atMs: this.#options.clock.now() });
    for (const first of this.#own.keys()) {
      if (this.#own.size <= MAX_UNSURE) break;
      this.#own.delete(first);
    }
  }

  #doubt(): void {
    this.#doubtedSinceMs = this.#options.clock.now() - UNSURE_MS;
  }

  /** A purge that comes twice does no harm; what cannot be told now is told after the next gap. */
  async #tellAgain(): Promise<void> {
    for (const [key, { text, atMs }] of this.#own)
      if (atMs >= this.#doubtedSinceMs) this.#unsure.set(key, text);
    this.#doubtedSinceMs = Number.POSITIVE_INFINITY;
    for (const [key, text] of this.#unsure) {
      try {
        await this.#log?.write(key, text);
      } catch {
        return;
      }
      this.#unsure.delete(key);
      // The next replica may lose it as well.
      this.#remember(key, text);
    }
  }

  async #purgeHere({ upstream, purge }: PurgeRequest): Promise<PurgeResult> {
    const { caches } = this.#options;
    const prefix = upstream === undefined ? prefixOf(purge) : undefined;
    if (prefix === undefined) return caches.purge(upstream, purge);
    const parts = this.#purgeParts(prefix, purge);
    if (purge.kind === 'all') return { ...(await caches.purge(upstream, purge)), parts };
    return { upstreams: [], removed: 0, parts };
  }

  #purgeParts(prefix: string, purge: Purge): number {
    const { keptParts, lastGood } = this.#options;
    if (purge.kind !== 'all') lastGood.purge(prefix);
    return keptParts.purge(prefix);
  }

  #hear(text: string): void {
    const space = text.indexOf(' ');
    const [upstreamOrNull, said] = listOf(parsed(text.slice(space + 1)));
    const purge = purgeOf(said);
    if (!purge || text.slice(0, space) === this.#process) return;
    const upstream = typeof upstreamOrNull === 'string' ? upstreamOrNull : undefined;
    this.#heard(1, 'purge');
    const prefix = upstream === undefined ? prefixOf(purge) : undefined;
    if (prefix !== undefined) this.#purgeParts(prefix, purge);
    if (prefix === undefined || purge.kind === 'all') this.#options.caches.purged(upstream, purge);
  }

  #hearInvalidations(text: string): void {
    const [by, uris] = listOf(parsed(text));
    if (by === this.#process) return;
    for (const one of listOf(uris).slice(0, MAX_TOLD)) {
      const [upstream, uri] = listOf(one);
      if (typeof upstream !== 'string' || typeof uri !== 'string') continue;
      this.#heard(1, 'write');
      this.#options.caches.purged(upstream, { kind: 'uri', uri });
    }
  }

  #forgetAll(): void {
    const { caches, keptParts, lastGood, logger } = this.#options;
    this.#heard(1, 'all');
    logger.warn(
      {},
      'purges by other processes were missed and are not known any more: everything cached is forgotten',
    );
    caches.purged(undefined, { kind: 'all' });
    keptParts.purge('');
    lastGood.purge('');
  }
}

/** How the keys begin of the parts that a purge means; `undefined` where it means none. */
function prefixOf(purge: Purge): string | undefined {
  if (purge.kind === 'all') return '';
  if (purge.kind !== 'tag' || !purge.tag.startsWith('bff:')) return undefined;
  const names = purge.tag.slice('bff:'.length).split('/', 3);
  return `${JSON.stringify(names).slice(0, -1)},`;
}

function purgeOf(said: unknown): Purge | undefined {
  if (typeof said !== 'object' || said === null || !('kind' in said)) return undefined;
  if (said.kind === 'all') return { kind: 'all' };
  if (said.kind === 'tag' && 'tag' in said && typeof said.tag === 'string')
    return { kind: 'tag', tag: said.tag };
  if (said.kind === 'uri' && 'uri' in said && typeof said.uri === 'string')
    return { kind: 'uri', uri: said.uri };
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
