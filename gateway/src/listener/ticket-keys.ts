/**
 * The keys of session tickets (RFC 5077 §5.5, RFC 8446 §4.6.1). All nodes with one secret derive the same (HKDF, RFC 5869)
 * from it, the number of the period that the wall clock is in, and the clients' authorities: none has to talk to another,
 * and a session that began under other authorities or revocation lists cannot be resumed anywhere.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';

/** Name, HMAC key and AES key, 16 bytes each: the form that node takes. */
const KEY_BYTES = 48;
const OWN_SECRET_BYTES = 32;

export interface TicketKeysOptions {
  /** Shared by all nodes; left out, the keys are this process's own. */
  readonly secret: string | undefined;
  readonly rotateMs: number;
  readonly clock: Clock;
}

export class TicketKeys {
  readonly #secret: string | Buffer;
  readonly #rotateMs: number;
  readonly #clock: Clock;
  #disarm: (() => void) | undefined;

  constructor({ secret, rotateMs, clock }: TicketKeysOptions) {
    this.#secret = secret ?? randomBytes(OWN_SECRET_BYTES);
    this.#rotateMs = rotateMs;
    this.#clock = clock;
  }

  /** The key of this period. `trust` stands for the authorities and lists that clients are held to. */
  current(trust: string): Buffer {
    const period = Math.floor(this.#clock.wall() / this.#rotateMs);
    const info = `frontdesk session tickets ${this.#rotateMs} ${period} ${trust}`;
    return Buffer.from(hkdfSync('sha256', this.#secret, '', info, KEY_BYTES));
  }

  /** Calls `rotate` at the start of every period. Once. */
  follow(rotate: () => void): void {
    const wait = this.#rotateMs - (this.#clock.wall() % this.#rotateMs);
    this.#disarm = this.#clock.after(wait, () => {
      rotate();
      this.follow(rotate);
    });
  }

  close(): void {
    this.#disarm?.();
  }
}
