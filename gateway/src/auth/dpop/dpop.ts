/**
 * Proof of possession at the application layer (RFC 9449): a token with `cnf.jkt` is good only together with a proof, signed
 * for this very request by the key of that thumbprint. What is cheap is checked first, and a signature only for a token
 * that was found good and a proof that fits it in everything else, so that nobody without a token has anything computed.
 */
import { hash } from 'node:crypto';
import { type CryptoKey, importJWK, jwtVerify } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { ClientInfo } from '../../core/exchange.ts';
import type { Meter } from '../../core/meter.ts';
import type { BoundToken, Confirmation } from '../jwt/bearer.ts';
import { invalidCredentials, invalidProof, outdatedProof, wantedNonce } from '../refusal.ts';
import type { Presented } from '../scheme.ts';
import type { DpopConfig } from './dpop-config.ts';
import { DpopNonces, type KnownNonce } from './dpop-nonces.ts';
import { type DpopProof, readProof } from './dpop-proof.ts';
import type { DpopReplays } from './dpop-replays.ts';
import { namesTarget } from './dpop-target.ts';

const FIELD = 'dpop';
const NONCE_FIELD = 'dpop-nonce';
const MAX_KEYS = 1_000;
const MAX_SOCKET_PROOFS = 8;

export interface DpopOptions {
  readonly config: DpopConfig;
  readonly replays: DpopReplays;
  readonly clock: Clock;
  readonly meter: Meter;
}

export class DpopConfirmation implements Confirmation {
  readonly member = 'jkt';
  readonly authorization = 'dpop';
  readonly fields = [FIELD];
  readonly ownErrors = ['invalid_dpop_proof', 'use_dpop_nonce'];
  readonly required: boolean;
  readonly #config: DpopConfig;
  readonly #algorithms: ReadonlySet<string>;
  readonly #replays: DpopReplays;
  readonly #nonces: DpopNonces | undefined;
  readonly #clock: Clock;
  readonly #count: (value: number, outcome: string) => void;
  /** Keys that signed before, by algorithm and thumbprint: to import one costs about as much as a signature. */
  readonly #keys = new Map<string, CryptoKey>();
  /** What was proven over a connection that became a WebSocket: holds for what comes over it. */
  readonly #sockets = new WeakMap<ClientInfo, Set<string>>();
  /** Requests whose proof has a nonce that will not do for long. */
  readonly #aging = new WeakSet<Presented>();

  constructor({ config, replays, clock, meter }: DpopOptions) {
    const { nonce } = config;
    this.required = config.required;
    this.#config = config;
    this.#algorithms = new Set(config.algorithms);
    this.#replays = replays;
    this.#nonces = nonce && new DpopNonces({ secret: nonce.secret, rotationMs: nonce.rotation, clock });
    this.#clock = clock;
    this.#count = meter.counter({
      name: 'frontdesk_dpop_proofs_total',
      help: 'DPoP proofs by outcome: ok, refused, nonce (a new one was asked for) or unavailable',
      labels: ['outcome'],
    });
    replays.configure(
      config.replay,
      this.#nonces?.lifetimeMs ?? config.maxAge + 2 * config.clockSkew + 1_000,
    );
  }

  confirm(bound: BoundToken, request: Presented): Promise<void> | undefined {
    const text = request.headers.get(FIELD);
    if (text === undefined) throw this.#counted(invalidProof('there is no proof'));
    // A socket has one handshake, and says the same of itself with all that comes over it.
    const isOfSocket = request.isOperation === true || request.dispatch !== undefined;
    const said = isOfSocket ? hash('sha256', `${bound.token}\n${text}`, 'base64url') : undefined;
    if (said !== undefined && request.isOperation && this.#sockets.get(request.client)?.has(said))
      return undefined;
    return this.#confirm(text, bound, request, said);
  }

  challenges(error?: string, scope?: string): readonly string[] {
    let text = `DPoP realm="frontdesk", algs="${this.#config.algorithms.join(' ')}"`;
    if (error !== undefined) text += `, error="${error}"`;
    if (scope !== undefined) text += `, scope="${scope}"`;
    return [text];
  }

  /** What the reply to a request should carry: the newest nonce, where the request came with the one before. */
  readonly replyFields = (request: Presented): readonly (readonly [string, string])[] | undefined => {
    if (!this.#nonces || !this.#aging.has(request)) return undefined;
    // Such a reply is for nobody else, and not for later (RFC 9449 §8.2).
    return [
      [NONCE_FIELD, this.#nonces.current()],
      ['cache-control', 'no-store'],
    ];
  };

  async #confirm(
    text: string,
    bound: BoundToken,
    request: Presented,
    said: string | undefined,
  ): Promise<void> {
    try {
      if (request.headers.count(FIELD) > 1) throw invalidProof('more than one proof');
      const proof = readProof(text);
      this.#compare(proof, bound, request);
      await this.#verifySignature(text, proof);
      const ttlMs = this.#freshness(proof, request);
      await this.#replays.use(hash('sha256', `${proof.thumbprint}.${proof.jti}`, 'base64url'), ttlMs);
    } catch (error) {
      throw this.#counted(error);
    }
    this.#count(1, 'ok');
    if (said !== undefined) this.#rememberSocket(request.client, said);
  }

  /** All that costs nothing. */
  #compare(proof: DpopProof, { token, value }: BoundToken, request: Presented): void {
    if (!this.#algorithms.has(proof.alg)) throw invalidProof('the algorithm of the proof is not accepted');
    if (proof.htm !== request.method) throw invalidProof('htm is another method');
    if (!namesTarget(proof.htu, request)) throw invalidProof('htu is another URL');
    if (proof.ath !== hash('sha256', token, 'base64url')) throw invalidProof('ath is of another token');
    if (proof.thumbprint !== value)
      throw invalidCredentials('the token is bound to another key than signed the proof');
    if (this.#nonces) return;
    const { clockSkew, maxAge } = this.#config;
    const ageMs = this.#clock.wall() - proof.iat * 1_000;
    if (ageMs < -clockSkew) throw outdatedProof('the proof is of a time to come');
    if (ageMs > maxAge + clockSkew) throw outdatedProof('the proof is too old');
  }

  async #verifySignature(text: string, { alg, jwk, thumbprint }: DpopProof): Promise<void> {
    const { clockSkew } = this.#config;
    try {
      const key = await this.#keyOf(alg, jwk, thumbprint);
      await jwtVerify(text, key, {
        algorithms: [alg],
        typ: 'dpop+jwt',
        currentDate: new Date(this.#clock.wall()),
        clockTolerance: clockSkew / 1_000,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw error instanceof FrontdeskError ? error : invalidProof(`the proof does not hold: ${reason}`);
    }
  }

  /** For how long from now on the proof could be used: so long it must be remembered. */
  #freshness({ nonce, iat }: DpopProof, request: Presented): number {
    const wall = this.#clock.wall();
    if (!this.#nonces) {
      const { clockSkew, maxAge } = this.#config;
      // The last millisecond of its window is a part of it.
      return iat * 1_000 + maxAge + clockSkew - wall + 1_000;
    }
    const known: KnownNonce | undefined = nonce === undefined ? undefined : this.#nonces.find(nonce);
    if (!known) throw wantedNonce([[NONCE_FIELD, this.#nonces.current()]]);
    if (known.isOld) this.#aging.add(request);
    return known.until - wall + 1_000;
  }

  async #keyOf(alg: string, jwk: DpopProof['jwk'], thumbprint: string): Promise<CryptoKey> {
    const name = `${alg} ${thumbprint}`;
    let key = this.#keys.get(name);
    if (key) this.#keys.delete(name);
    else {
      const imported = await importJWK({ ...jwk }, alg);
      if (imported instanceof Uint8Array) throw invalidProof('jwk is no public key');
      key = imported;
    }
    this.#keys.set(name, key);
    const oldest = this.#keys.keys().next();
    if (this.#keys.size > MAX_KEYS && !oldest.done) this.#keys.delete(oldest.value);
    return key;
  }

  #rememberSocket(client: ClientInfo, said: string): void {
    const known = this.#sockets.get(client) ?? new Set();
    known.add(said);
    const [oldest] = known;
    if (known.size > MAX_SOCKET_PROOFS && oldest !== undefined) known.delete(oldest);
    this.#sockets.set(client, known);
  }

  #counted(error: unknown): unknown {
    const isRefusal = error instanceof FrontdeskError && error.code === 'invalid_credentials';
    const isForNonce = isRefusal && error.headers.length > 0;
    this.#count(1, isForNonce ? 'nonce' : isRefusal ? 'refused' : 'unavailable');
    return error;
  }
}
