/**
 * A short-lived token that says to one backend who asks, signed by the gateway (RFC 7519, RFC 8725): a backend that verifies
 * it need not believe whoever can reach it. It is bound to that backend by `aud` and to its kind by `typ`, so that it is good
 * nowhere else, and it is not bound to a request: one is sent with all calls of an identity for half of its life, which is why
 * a call costs a look-up and not a signature.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import type { Instrument } from '../../core/meter.ts';
import type { SigningKeys } from './identity-keys.ts';

/** Backends' clocks may be behind by so much. */
const SKEW_S = 5;
/** Tokens that are found by what they say, for callers whose identity is made anew with each request. */
const MAX_FOUND = 4096;
/** A caller whose token is accepted although it has just expired, for clocks that differ, is told for so long. */
const SHORTEST_S = 5;

export interface IdentityTokenOptions {
  /** The field that carries it, in lower case. */
  readonly field: string;
  readonly issuer: string;
  readonly audience: string;
  readonly ttlMs: number;
  /** Claims of the caller's token that are told too. */
  readonly claims: readonly string[];
  readonly keys: Pick<SigningKeys, 'sign'>;
  /** A short text that two identities share only where the same may be told of both, but for when they end. */
  readonly markOf: (identity: Identity) => string;
  readonly clock: Clock;
  readonly upstream: string;
  /** Counts signatures: (1, upstream). */
  readonly signed: Instrument;
}

interface Signed {
  readonly value: string;
  /** Wall clock, ms. */
  readonly until: number;
}

/** What it has of a `CallProof` of the upstream room. */
export class IdentityToken {
  readonly field: string;
  readonly ofCaller = true;
  readonly #options: IdentityTokenOptions;
  readonly #prefix: string;
  /** As many as there are identities, which their caches bound. */
  readonly #signed = new WeakMap<Identity, Signed>();
  /** By what is said and until when: a certificate that a proxy tells of, or two credentials together, are read anew. */
  readonly #found = new Map<string, Signed>();

  constructor(options: IdentityTokenOptions) {
    this.#options = options;
    this.field = options.field;
    this.#prefix = options.field === 'authorization' ? 'Bearer ' : '';
  }

  /** `undefined` for a caller whom nobody proved. */
  valueFor({ identity }: Pick<CallContext, 'identity'>): string | undefined {
    if (!identity) return undefined;
    const now = this.#options.clock.wall();
    const known = this.#signed.get(identity);
    if (known && now < known.until) return known.value;
    const signed = this.#find(identity, now);
    this.#signed.set(identity, signed);
    return signed.value;
  }

  #find(identity: Identity, now: number): Signed {
    const name = `${identity.expiresAt} ${this.#options.markOf(identity)}`;
    const known = this.#found.get(name);
    this.#found.delete(name);
    const signed = known && now < known.until ? known : this.#sign(identity, now);
    this.#found.set(name, signed);
    const oldest = this.#found.keys().next();
    if (this.#found.size > MAX_FOUND && !oldest.done) this.#found.delete(oldest.value);
    return signed;
  }

  #sign(identity: Identity, now: number): Signed {
    const { issuer, audience, ttlMs, keys, signed, upstream, clock } = this.#options;
    const iat = Math.floor(now / 1000);
    const until = Math.min(now + ttlMs, identity.expiresAt);
    const exp = Math.max(iat + SHORTEST_S, Math.floor(until / 1000));
    const { act } = identity.claims;
    const claims = {
      ...this.#further(identity),
      iss: issuer,
      aud: audience,
      sub: identity.subject,
      iat,
      nbf: iat - SKEW_S,
      exp,
      jti: randomUUID(),
      scope: [...identity.scopes].join(' '),
      roles: identity.roles,
      tenant: identity.tenant,
      consumer: identity.consumer,
      plan: identity.plan,
      scheme: identity.scheme,
      act,
    };
    const value = this.#prefix + keys.sign(JSON.stringify(claims));
    signed(1, upstream);
    return { value, until: now + Math.max(0, exp * 1000 - clock.wall()) / 2 };
  }

  #further({ claims }: Identity): Record<string, unknown> {
    const told: Record<string, unknown> = {};
    for (const name of this.#options.claims) if (Object.hasOwn(claims, name)) told[name] = claims[name];
    return told;
  }
}
