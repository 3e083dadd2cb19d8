/**
 * Nonces for DPoP proofs (RFC 9449 §8), without anything kept: each is made from a secret and the number of the period that
 * the wall clock is in. So all nodes with one secret make and take the same, and a restart loses none. That of the period
 * before is taken too, and that of the next, which a node gave whose clock goes ahead: nobody else can have it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';

const NONCE_BYTES = 18;

export interface DpopNoncesOptions {
  readonly secret: string;
  readonly rotationMs: number;
  readonly clock: Clock;
}

export interface KnownNonce {
  /** Wall clock, ms, past which it is not taken any more. */
  readonly until: number;
  /** Whether there is a newer one, which its client should hear of. */
  readonly isOld: boolean;
}

export class DpopNonces {
  readonly #secret: string;
  readonly #rotationMs: number;
  readonly #clock: Clock;
  #period = Number.NaN;
  /** Of the period before, this one and the next. */
  #nonces: readonly string[] = [];

  constructor({ secret, rotationMs, clock }: DpopNoncesOptions) {
    this.#secret = secret;
    this.#rotationMs = rotationMs;
    this.#clock = clock;
  }

  /** The longest that a nonce is taken after it was given. */
  get lifetimeMs(): number {
    return this.#rotationMs * 3;
  }

  /** The newest. */
  current(): string {
    return this.#refreshed()[1] ?? '';
  }

  /** `undefined` for what is no nonce of ours, or too old. */
  find(nonce: string): KnownNonce | undefined {
    for (const [i, known] of this.#refreshed().entries()) {
      if (!isSame(known, nonce)) continue;
      return { until: (this.#period + i + 1) * this.#rotationMs, isOld: i === 0 };
    }
    return undefined;
  }

  #refreshed(): readonly string[] {
    const period = Math.floor(this.#clock.wall() / this.#rotationMs);
    if (period !== this.#period) {
      this.#period = period;
      this.#nonces = [period - 1, period, period + 1].map((number) => this.#make(number));
    }
    return this.#nonces;
  }

  #make(period: number): string {
    const message = `frontdesk dpop nonce ${this.#rotationMs} ${period}`;
    const mac = createHmac('sha256', this.#secret).update(message).digest();
    return mac.subarray(0, NONCE_BYTES).toString('base64url');
  }
}

function isSame(known: string, given: string): boolean {
  const [a, b] = [Buffer.from(known), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
