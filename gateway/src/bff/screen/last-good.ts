/**
 * The last good values of parts, of screens and of aggregates, for when a part fails. One store for the process: bounded
 * in number and bytes, the least recently used of who keeps most go first. A key names the part with all that decides its value, the very
 * request and, unless it is said that everybody may be given it, who asked: nobody is given what another was answered.
 */
import type { Clock } from '../../core/clock.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import { FairEntries, type RoomLimits } from '../flow/fair-entries.ts';

const LIMITS: RoomLimits = { maxEntries: 10_000, maxBytes: 16 * 1024 * 1024 };

/** What an entry costs beside its text: the key's object, the map's slot. */
const ENTRY_BYTES = 128;

/** Purges that are remembered for values that are being fetched; what was asked for before the oldest is not kept. */
const REMEMBERED_PURGES = 1_000;

interface Entry {
  readonly text: string;
  readonly bytes: number;
  readonly keptAt: number;
}

export class LastGood {
  readonly clock: Clock;
  readonly #entries: FairEntries<Entry>;
  readonly #purges: { readonly prefix: string; readonly at: number }[] = [];
  #forgottenAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, limits: RoomLimits = LIMITS) {
    this.clock = clock;
    this.#entries = new FairEntries(limits);
  }

  get bytes(): number {
    return this.#entries.bytes;
  }

  /**
   * Keeps a JSON text. One that is larger than a sixteenth of the store is not kept, nor one that was asked for (`askedAt`,
   * milliseconds of the clock) before a purge of its key.
   */
  put(key: string, text: string, askedAt = Number.POSITIVE_INFINITY): void {
    if (askedAt <= this.#forgottenAt) return;
    if (this.#purges.some(({ prefix, at }) => at >= askedAt && key.startsWith(prefix))) return;
    const bytes = 2 * (key.length + text.length) + ENTRY_BYTES;
    this.#entries.set(key, { text, bytes, keptAt: this.clock.now() });
  }

  /** The text, where it was kept no longer than `maxAgeMs` ago. */
  get(key: string, maxAgeMs: number): string | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (this.clock.now() - entry.keptAt > maxAgeMs) {
      this.#entries.delete(key);
      return undefined;
    }
    this.#entries.touch(key, entry);
    return entry.text;
  }

  /** Forgets whatever is kept under keys that begin so. Returns how many there were. */
  purge(prefix: string): number {
    this.#purges.push({ prefix, at: this.clock.now() });
    if (this.#purges.length > REMEMBERED_PURGES)
      this.#forgottenAt = this.#purges.shift()?.at ?? this.#forgottenAt;
    return this.#entries.purge(prefix);
  }
}

/** Claims of the one token rather than of its bearer (RFC 7519 §4.1): the next token has others. */
const OF_THE_TOKEN: ReadonlySet<string> = new Set(['exp', 'nbf', 'iat', 'jti', 'auth_time']);

const partitions = new WeakMap<Identity, string>();

/** What tells requests of callers apart: who asks, and the host and scheme by which they came, which backends are told. */
export function askerOf({
  identity,
  host,
  client,
}: Pick<CallContext, 'identity' | 'host' | 'client'>): string {
  return `${client?.scheme ?? ''} ${host ?? ''} ${partitionOf(identity)}`;
}

/**
 * What tells callers apart: who they are and what they may, since backends are told both. Callers whom nobody was asked
 * to identify are one.
 */
export function partitionOf(identity: Identity | undefined): string {
  if (!identity) return '-';
  let partition = partitions.get(identity);
  if (partition === undefined) {
    partition = partitionText(identity);
    partitions.set(identity, partition);
  }
  return partition;
}

function partitionText(identity: Identity): string {
  const { subject, consumer, tenant, scheme, scopes, roles, plan, claims, also = [] } = identity;
  const lasting = Object.entries(claims).filter(([name]) => !OF_THE_TOKEN.has(name));
  const own = [
    subject,
    consumer,
    tenant,
    scheme,
    plan,
    [...scopes].sort(),
    [...roles].sort(),
    lasting.sort(),
    also.map(partitionOf),
  ];
  return JSON.stringify(own);
}
