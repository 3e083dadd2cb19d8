/**
 * Failed authentications, by the address they came from: a token bucket for each (an IPv6 /64 is one, for one host has all
 * of it). Each refusal takes a token; while there is none, credentials of that address are not looked at, and the answer
 * is 429 with the time to come again. Who shows a credential that was good before passes all the same, so that somebody
 * behind the same address translation keeps in. Addresses without failures are not kept, and a flood of addresses costs
 * bounded memory: the fullest of the oldest few go first, which forgives least.
 */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { parseAddress } from '../core/ip-address.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';

const DEFAULT_MAX_ADDRESSES = 50_000;
const LOOKED_AT = 16;

export const failuresConfig = z
  .union([
    z.literal('unlimited').describe('Nobody is slowed down'),
    z.strictObject({
      burst: z.int().min(1).max(100_000).default(20).describe('Failures of one address in a row'),
      perSecond: z
        .number()
        .positive()
        .max(10_000)
        .default(1)
        .describe('Failures that it may add each second'),
    }),
  ])
  .prefault({});

export type FailuresConfig = z.output<typeof failuresConfig>;

interface Bucket {
  tokens: number;
  atMs: number;
  /** Whether it was said that it is empty. */
  told: boolean;
}

export interface FailureBucketsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly maxAddresses?: number;
}

export class FailureBuckets {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #count: (value: number) => void;
  readonly #maxAddresses: number;
  readonly #buckets = new Map<string, Bucket>();
  #burst = 0;
  #perMs = 0;

  constructor(options: FailureBucketsOptions) {
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#maxAddresses = options.maxAddresses ?? DEFAULT_MAX_ADDRESSES;
    this.#count = options.meter.counter({
      name: 'frontdesk_authentication_floods_total',
      help: 'Requests whose credentials were not looked at, for their address failed too often',
      labels: [],
    });
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Another configuration took over. What addresses have left stays. */
  configure(config: FailuresConfig): void {
    if (config === 'unlimited') {
      this.#burst = 0;
      this.#buckets.clear();
      return;
    }
    this.#burst = config.burst;
    this.#perMs = config.perSecond / 1000;
  }

  /** The refusal for an address that has no failure left; `undefined` for any other. */
  refusal(address: string): FrontdeskError | undefined {
    if (this.#buckets.size === 0) return undefined;
    const key = keyOf(address);
    const bucket = this.#buckets.get(key);
    if (!bucket) return undefined;
    this.#refill(bucket);
    if (bucket.tokens >= this.#burst) this.#buckets.delete(key);
    if (bucket.tokens >= 1) return undefined;
    this.#count(1);
    const retryAfterS = Math.max(1, Math.ceil((1 - bucket.tokens) / this.#perMs / 1000));
    return new FrontdeskError('rate_limited', { detail: 'too many failed authentications', retryAfterS });
  }

  /** Takes a token. */
  fail(address: string): void {
    if (this.#burst === 0) return;
    const key = keyOf(address);
    let bucket = this.#buckets.get(key);
    if (bucket) this.#refill(bucket);
    else {
      if (this.#buckets.size >= this.#maxAddresses) this.#makeRoom();
      bucket = { tokens: this.#burst, atMs: this.#clock.now(), told: false };
      this.#buckets.set(key, bucket);
    }
    // Requests that were under way together may fail after the last token is spent.
    bucket.tokens = Math.max(0, bucket.tokens - 1);
    if (bucket.tokens >= 1 || bucket.told) return;
    bucket.told = true;
    this.#logger.warn({ address: key }, 'an address fails to authenticate again and again');
  }

  #refill(bucket: Bucket): void {
    const now = this.#clock.now();
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.atMs) * this.#perMs);
    bucket.atMs = now;
  }

  #makeRoom(): void {
    let seen = 0;
    let fullest: string | undefined;
    let most = -1;
    for (const [key, bucket] of this.#buckets) {
      this.#refill(bucket);
      if (bucket.tokens > most) {
        most = bucket.tokens;
        fullest = key;
      }
      seen += 1;
      if (seen === LOOKED_AT) break;
    }
    if (fullest !== undefined) this.#buckets.delete(fullest);
  }
}

/** An IPv4 address as it is, of an IPv6 one its first 64 bits. */
function keyOf(address: string): string {
  if (!address.includes(':')) return address;
  const parsed = parseAddress(address);
  if (!parsed || parsed.version === 4) return address;
  return `${parsed.words[0].toString(16)}:${parsed.words[1].toString(16)}::/64`;
}
