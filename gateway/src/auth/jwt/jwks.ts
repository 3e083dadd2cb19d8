/**
 * One issuer's public keys. Fetched on use, never by a timer: one fetch at a time, again after five minutes behind the
 * request that notices, at once for a `kid` that nobody knows but then at most every 30 seconds. A set that is not
 * sound (no JSON, no keys, symmetric or private ones, a `kid` twice) changes nothing. On an outage the last good
 * keys serve for an hour; while keys cannot be had at all the answer is 503, since nobody can call a token bad.
 */
import { type CryptoKey, errors, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { toFrontdeskError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import { cannotTell, invalidCredentials } from '../refusal.ts';
import { type FindKey, keyFinder } from './key-set.ts';

const REFRESH_MS = 300_000;
const COOLDOWN_MS = 30_000;
const MAX_STALE_MS = 3_600_000;
const DEFAULT_TIMEOUT_MS = 2000;
/** While there are no keys at all, fetching is tried again after this, doubled up to the cool-down. */
const FIRST_RETRY_MS = 1000;
const MAX_KID_CHARS = 256;

/** Fetches the document; rejects where there is none. It must not follow redirects and must bound what it reads. */
export type FetchJwks = () => Promise<unknown>;

export interface JwksOptions {
  /** What metrics and logs call the issuer: from the configuration. */
  readonly label: string;
  readonly fetchJwks: FetchJwks;
  /** How long a fetch may take as a whole; 2 s by default. */
  readonly timeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

interface KeySet {
  readonly find: FindKey;
  readonly fetchedAt: number;
}

export class Jwks {
  readonly label: string;
  readonly #timeoutMs: number;
  readonly #fetchJwks: FetchJwks;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #count: (value: number, outcome: string) => void;
  #keys: KeySet | undefined;
  #refreshing: Promise<void> | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  /** When a key that nobody knew was asked for: what was fetched before for another reason is no answer to that. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(options: JwksOptions) {
    this.label = options.label;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#fetchJwks = options.fetchJwks;
    this.#clock = options.clock;
    this.#logger = options.logger;
    const count = options.meter.counter({
      name: 'frontdesk_jwks_fetches_total',
      help: "Fetches of token issuers' keys, by issuer as the configuration calls it, and outcome: ok or failed",
      labels: ['issuer', 'outcome'],
    });
    this.#count = (value, outcome) => count(value, this.label, outcome);
  }

  /** Whether tokens can be verified at all: readiness asks. */
  get ready(): boolean {
    return this.#usable() !== undefined;
  }

  /** Fetches the keys ahead of the first token. Never rejects. */
  async warm(): Promise<void> {
    if (!this.#keys) await this.#refresh();
  }

  /** The key for a token, as jose asks for it. An arrow, since jose gets it as a plain function. */
  readonly keyFor = async (header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> => {
    if (header.kid !== undefined && (typeof header.kid !== 'string' || header.kid.length > MAX_KID_CHARS)) {
      throw invalidCredentials('the kid is no key id');
    }
    const cameAt = this.#clock.now();
    let keys = this.#usable() ?? (await this.#firstKeys());
    if (this.#age(keys) >= REFRESH_MS && this.#mayTry(COOLDOWN_MS)) void this.#refresh();
    try {
      return await keys.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // Another key set may have come while this one was asked.
      if (this.#keys === keys) {
        if (!this.#refreshing) {
          // What was fetched since the token came tells all there is.
          if (keys.fetchedAt >= cameAt || cameAt - this.#askedAt < COOLDOWN_MS)
            return this.#unknownKey(error);
          this.#askedAt = cameAt;
        }
        await this.#refresh();
      }
      const fresh = this.#usable();
      if (!fresh || fresh === keys) return this.#unknownKey(error);
      keys = fresh;
    }
    return keys.find(header, token);
  };

  /** During an outage an unknown key may be a new one that we could not fetch. */
  #unknownKey(cause: Error): never {
    if (this.#failures > 0)
      throw cannotTell("the token's key is unknown and the key set cannot be fetched", cause);
    throw cause;
  }

  #usable(): KeySet | undefined {
    const keys = this.#keys;
    return keys && this.#age(keys) < MAX_STALE_MS ? keys : undefined;
  }

  async #firstKeys(): Promise<KeySet> {
    const retryMs = Math.min(COOLDOWN_MS, FIRST_RETRY_MS * 2 ** Math.max(0, this.#failures - 1));
    if (this.#refreshing || this.#mayTry(retryMs)) await this.#refresh();
    const keys = this.#usable();
    if (!keys) throw cannotTell('the key set cannot be fetched');
    return keys;
  }

  #age(keys: KeySet): number {
    return this.#clock.now() - keys.fetchedAt;
  }

  #mayTry(afterMs: number): boolean {
    return this.#clock.now() - this.#triedAt >= afterMs;
  }

  /** One at a time; whoever comes meanwhile waits for the same. Never rejects. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#fetch().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #fetch(): Promise<void> {
    this.#triedAt = this.#clock.now();
    try {
      const find = keyFinder(await this.#withinTime(this.#fetchJwks()));
      this.#keys = { find, fetchedAt: this.#clock.now() };
      this.#count(1, 'ok');
      if (this.#failures > 0) this.#logger.info({ issuer: this.label }, 'the key set is fetched again');
      this.#failures = 0;
    } catch (error) {
      this.#count(1, 'failed');
      if (this.#failures === 0) {
        const { detail, message } = toFrontdeskError(error);
        const reason = detail ?? message;
        const fields = { issuer: this.label, reason, haveKeys: this.#keys !== undefined };
        this.#logger.warn(fields, 'the key set cannot be fetched');
      }
      this.#failures += 1;
    }
  }

  #withinTime<T>(fetched: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const disarm = this.#clock.after(this.#timeoutMs, () => reject(new Error('no key set in time')));
    fetched.then(resolve, reject).finally(disarm);
    return promise;
  }
}
