/**
 * The Ed25519 keys (RFC 8037) with which identity tokens are signed. They belong to the configurations that lease them; what
 * is published (RFC 7517) is all that are leased, and for a while those that no longer are: until the last token that they
 * signed has expired everywhere. A key is named by its thumbprint (RFC 7638).
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
} from 'node:crypto';
import type { Clock } from '../../core/clock.ts';

/** The longest life of a token, and a minute for clocks that differ. */
const RETIRED_MS = 360_000;

export interface PublishedKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
}

export interface SigningKeys {
  /** A compact JWS (RFC 7515 §3.1) over these claims, as JSON text. */
  sign(claims: string): string;
  /** When the configuration is gone. */
  release(): void;
}

export class IdentityKeys {
  readonly #clock: Clock;
  /** By `kid`. `until` is of those that nobody leases, on the monotonic clock. */
  readonly #published = new Map<string, { readonly key: PublishedKey; leases: number; until: number }>();
  #own: KeyObject | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As PEM, the first one private: that signs. `undefined` for a key that is made once for this process. */
  lease(pems: readonly string[] | undefined): SigningKeys {
    const key = createPrivateOf(pems) ?? this.#ownKey();
    const signer = publicOf(createPublicKey(key));
    const others = pems?.slice(1).map((pem) => publicOf(createPublicKey(pem))) ?? [];
    const all = new Map([signer, ...others].map((one) => [one.kid, one]));
    for (const one of all.values()) this.#take(one);
    const head = encoded(JSON.stringify({ alg: signer.alg, typ: 'frontdesk-identity+jwt', kid: signer.kid }));
    let isReleased = false;
    return {
      sign: (claims) => {
        const input = `${head}.${encoded(claims)}`;
        return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        for (const { kid } of all.values()) this.#giveBack(kid);
      },
    };
  }

  /** The key set, as it is published. */
  published(): { readonly keys: readonly PublishedKey[] } {
    const now = this.#clock.now();
    for (const [kid, { leases, until }] of this.#published) {
      if (leases === 0 && until <= now) this.#published.delete(kid);
    }
    return { keys: [...this.#published.values()].map(({ key }) => key) };
  }

  #ownKey(): KeyObject {
    this.#own ??= generateKeyPairSync('ed25519').privateKey;
    return this.#own;
  }

  #take(key: PublishedKey): void {
    const known = this.#published.get(key.kid);
    if (known) known.leases += 1;
    else this.#published.set(key.kid, { key, leases: 1, until: 0 });
  }

  #giveBack(kid: string): void {
    const known = this.#published.get(kid);
    if (!known) return;
    known.leases -= 1;
    known.until = this.#clock.now() + RETIRED_MS;
  }
}

function createPrivateOf(pems: readonly string[] | undefined): KeyObject | undefined {
  const [first] = pems ?? [];
  return first === undefined ? undefined : createPrivateKey(first);
}

function publicOf(key: KeyObject): PublishedKey {
  const { x = '' } = key.export({ format: 'jwk' });
  // RFC 7638 §3.2: the required members alone, in this order.
  const kid = hash('sha256', JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }), 'base64url');
  return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' };
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}
