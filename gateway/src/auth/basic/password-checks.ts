/**
 * Checks passwords: a few at a time, in the thread pool, with a queue that is bounded, of one address and of all, since
 * each check is made to be dear. What was good is remembered for a short time by an HMAC with a key that nobody knows and
 * that ends with the process, so that memory holds no password. One credential is checked once, however often it comes.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Meter } from '../../core/meter.ts';
import type { BasicConfig } from './basic-config.ts';
import { isPassword, type PasswordHash } from './password-hash.ts';

const MAX_REMEMBERED = 10_000;

type Bounds = Pick<BasicConfig, 'cacheTtl' | 'maxConcurrent' | 'maxQueued' | 'maxPerAddress'>;

export interface PasswordCheck {
  /** Of the whole credential, by `digestOf`. */
  readonly digest: string;
  readonly password: string;
  /** Each is computed, whichever holds, so that the time tells nothing. */
  readonly hashes: readonly { readonly name: string; readonly hash: PasswordHash }[];
  readonly address: string;
}

export interface PasswordChecksOptions {
  readonly clock: Clock;
  readonly meter: Meter;
}

interface Good {
  /** Of the hash it was good for. */
  readonly name: string;
  /** By `now`. */
  readonly until: number;
  /** From which it came when it was checked. */
  readonly address: string;
}

export class PasswordChecks {
  readonly #clock: Clock;
  /** Of the inner and the outer hash. */
  readonly #keys = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')] as const;
  readonly #count: (value: number, outcome: string) => void;
  #bounds: Bounds = { cacheTtl: 60_000, maxConcurrent: 2, maxQueued: 100, maxPerAddress: 10 };
  /** By digest. */
  readonly #good = new Map<string, Good>();
  readonly #pending = new Map<string, Promise<string | undefined>>();
  readonly #byAddress = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor({ clock, meter }: PasswordChecksOptions) {
    this.#clock = clock;
    this.#count = meter.counter({
      name: 'frontdesk_password_checks_total',
      help: 'Passwords that were not remembered, by outcome: ok, refused or overloaded',
      labels: ['outcome'],
    });
  }

  /** Another configuration took over. What is remembered stays. */
  configure(bounds: Bounds): void {
    this.#bounds = bounds;
  }

  digestOf(credential: string): string {
    // Nested as an HMAC is (RFC 2104), with keys as long as a block; node's own takes ten times as long for short texts.
    const [inner, outer] = this.#keys;
    return hash('sha256', outer + hash('sha256', inner + credential, 'hex'), 'base64url');
  }

  /** The name of the hash that a credential was found to fit. */
  known(digest: string): string | undefined {
    const good = this.#good.get(digest);
    if (!good) return undefined;
    if (good.until > this.#clock.now()) return good.name;
    this.#good.delete(digest);
    return undefined;
  }

  /** The address for which a credential that is remembered was checked. */
  provedBy(digest: string): string | undefined {
    return this.#good.get(digest)?.address;
  }

  /** The name of the hash that it fits; `undefined` where it fits none. Rejects where there is no room. */
  check(asked: PasswordCheck): Promise<string | undefined> {
    const { digest, address } = asked;
    const pending = this.#pending.get(digest);
    if (pending) return pending;
    const { maxConcurrent, maxQueued, maxPerAddress } = this.#bounds;
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (ofAddress >= maxPerAddress || this.#pending.size >= maxConcurrent + maxQueued) {
      this.#count(1, 'overloaded');
      const code = ofAddress >= maxPerAddress ? 'rate_limited' : 'overloaded';
      return Promise.reject(
        new FrontdeskError(code, { detail: 'too many passwords to check', retryAfterS: 1 }),
      );
    }
    this.#byAddress.set(address, ofAddress + 1);
    const checking = this.#inTurn(asked).finally(() => {
      this.#pending.delete(digest);
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#byAddress.set(address, left);
      else this.#byAddress.delete(address);
    });
    this.#pending.set(digest, checking);
    return checking;
  }

  async #inTurn({ digest, password, hashes, address }: PasswordCheck): Promise<string | undefined> {
    if (this.#running >= this.#bounds.maxConcurrent) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    } else this.#running += 1;
    try {
      let fits: string | undefined;
      for (const { name, hash } of hashes) if (await isPassword(password, hash)) fits ??= name;
      this.#count(1, fits === undefined ? 'refused' : 'ok');
      if (fits !== undefined) this.#remember(digest, fits, address);
      return fits;
    } finally {
      // Whoever is next takes over the place.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  #remember(digest: string, name: string, address: string): void {
    if (this.#bounds.cacheTtl === 0) return;
    this.#good.delete(digest);
    const oldest = this.#good.keys().next();
    if (this.#good.size >= MAX_REMEMBERED && !oldest.done) this.#good.delete(oldest.value);
    this.#good.set(digest, { name, until: this.#clock.now() + this.#bounds.cacheTtl, address });
  }
}
