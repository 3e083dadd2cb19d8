/**
 * Bearer tokens (RFC 6750) that are JWTs (RFC 7519), verified as RFC 8725 asks: algorithms are pinned and asymmetric,
 * keys come from the configured issuer alone and never from the token (`jwk`, `jku`, `x5u`, `x5c` are not read), issuer,
 * audience, expiry and type are checked, and whatever is wrong, the answer is the same 401.
 */
import { hash } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { durationMs, httpUrl, sizeBytes } from '../settings/settings.ts';
import { hasDuplicateMember, isCompactToken, payloadText } from './compact-token.ts';
import type { ConsumerIndex } from './consumers.ts';
import { claimsConfig, identityOf } from './identity-of.ts';
import type { Jwks } from './jwks.ts';
import { invalidCredentials } from './refusal.ts';
import type { RevocationList } from './revocation.ts';
import type { Presented, Scheme } from './scheme.ts';
import type { VerifiedToken, VerifiedTokens } from './verified-tokens.ts';

const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

/** The last second that a date can name; an expiry beyond it is no date. */
const MAX_NUMERIC_DATE_S = 8.64e12;
const BEARER = 'bearer ';

export const jwtConfig = z.strictObject({
  issuer: z.string().min(1).describe('The iss that tokens must have, to the letter'),
  audience: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .describe('The aud that tokens must have, or a list of which they need one'),
  jwksUri: httpUrl.describe("Where the issuer's public keys are"),
  algorithms: z
    .array(z.enum(ALGORITHMS))
    .min(1)
    .default(['RS256', 'PS256', 'ES256', 'EdDSA'])
    .describe('Signature algorithms that are accepted; only asymmetric ones may be'),
  clockSkew: durationMs
    .refine((ms) => ms <= 300_000, 'expected at most 5m')
    .prefault('30s')
    .describe("How far the issuer's clock may be from ours"),
  requiredClaims: z
    .array(z.string().min(1))
    .default([])
    .describe('Claims beside iss, aud, sub and exp that a token must have'),
  types: z
    .array(z.string().min(1))
    .min(1)
    .default(['at+jwt', 'JWT'])
    .describe(
      'Values of the typ header that are accepted; JWT stands for none at all too. [at+jwt] is strictest (RFC 9068)',
    ),
  maxTokenBytes: sizeBytes.prefault('8KiB').describe('A longer token is refused before it is decoded'),
  claims: claimsConfig.describe('Which claims hold roles and tenant'),
});

export type JwtConfig = z.output<typeof jwtConfig>;

export interface JwtSchemeOptions {
  readonly config: JwtConfig;
  readonly jwks: Jwks;
  readonly tokens: VerifiedTokens;
  readonly revocations: RevocationList;
  readonly consumers: ConsumerIndex;
  readonly clock: Clock;
}

export class JwtScheme implements Scheme {
  readonly name = 'jwt';
  readonly credentialHeaders = ['authorization'];
  readonly #options: JwtSchemeOptions;
  readonly #types: ReadonlySet<string>;
  readonly #verifying = new Map<string, Promise<VerifiedToken>>();

  constructor(options: JwtSchemeOptions) {
    this.#options = options;
    this.#types = new Set(options.config.types.map(mediaType));
  }

  identify({ headers }: Presented): Identity | undefined | Promise<Identity> {
    const field = headers.get('authorization');
    if (field === undefined || !isBearer(field)) return undefined;
    if (headers.count('authorization') > 1) throw invalidCredentials('more than one authorization field');
    const token = field.slice(BEARER.length).trim();
    if (token.length > this.#options.config.maxTokenBytes) throw invalidCredentials('the token is too long');
    const digest = hash('sha256', token, 'base64url');
    const known = this.#options.tokens.get(digest);
    if (!known) return this.#verifyOnce(token, digest);
    if (known.jti !== undefined) {
      const revoked = this.#options.revocations.isRevoked(known.jti);
      if (revoked instanceof Promise) return revoked.then((answer) => this.#unlessRevoked(known, answer));
      return this.#unlessRevoked(known, revoked);
    }
    return this.#identity(known);
  }

  challenges(error?: string, scope?: string): readonly string[] {
    let text = 'Bearer realm="frontdesk"';
    if (error !== undefined) text += `, error="${error}"`;
    if (scope !== undefined) text += `, scope="${scope}"`;
    return [text];
  }

  #unlessRevoked(known: VerifiedToken, revoked: boolean): Identity {
    if (revoked) throw invalidCredentials(`token ${known.jti} is revoked`);
    return this.#identity(known);
  }

  #identity(known: VerifiedToken): Identity {
    const { consumers, config } = this.#options;
    if (known.identity && known.madeFor === this) return known.identity;
    const identity = identityOf(known.claims, known.expiresAt, config.claims, consumers);
    known.identity = identity;
    known.madeFor = this;
    return identity;
  }

  /** A burst of requests with one new token verifies it once. */
  async #verifyOnce(token: string, digest: string): Promise<Identity> {
    let verifying = this.#verifying.get(digest);
    if (!verifying) {
      verifying = this.#verify(token, digest).finally(() => this.#verifying.delete(digest));
      this.#verifying.set(digest, verifying);
    }
    const known = await verifying;
    const revoked = known.jti !== undefined && (await this.#options.revocations.isRevoked(known.jti));
    return this.#unlessRevoked(known, revoked);
  }

  async #verify(token: string, digest: string): Promise<VerifiedToken> {
    if (!isCompactToken(token)) throw invalidCredentials('not the form of a signed token');
    const { config, jwks, clock, tokens } = this.#options;
    const options: JWTVerifyOptions = {
      issuer: config.issuer,
      audience: config.audience,
      algorithms: config.algorithms,
      clockTolerance: config.clockSkew / 1000,
      currentDate: new Date(clock.wall()),
      requiredClaims: ['sub', 'exp', ...config.requiredClaims],
    };
    try {
      const { payload, protectedHeader } = await jwtVerify(token, jwks.keyFor, options);
      this.#checkType(protectedHeader.typ, payload);
      this.#checkDates(payload);
      if (hasDuplicateMember(payloadText(token))) throw invalidCredentials('a claim is there twice');
      const verified: VerifiedToken = {
        claims: payload,
        expiresAt: (payload.exp ?? 0) * 1000,
        jti: tokenId(payload),
        identity: undefined,
        madeFor: undefined,
      };
      this.#identity(verified);
      tokens.add(digest, verified);
      return verified;
    } catch (error) {
      if (error instanceof FrontdeskError) throw error;
      if (error instanceof errors.JOSEError) throw invalidCredentials(`${error.code}: ${error.message}`);
      throw invalidCredentials(error instanceof Error ? `${error.name} while verifying` : 'unknown');
    }
  }

  /**
   * An ID token is not an access token (RFC 9068 §4). Those of issuers that give both the same type are told by
   * claims that only ID tokens have (OpenID Connect Core §2, §3.3.2.11).
   */
  #checkType(typ: unknown, payload: JWTPayload): void {
    if (typ !== undefined && typeof typ !== 'string') throw invalidCredentials('typ is no text');
    const type = mediaType(typ ?? 'JWT');
    if (!this.#types.has(type)) throw invalidCredentials(`tokens of type ${type} are not accepted`);
    if (type === 'at+jwt') return;
    for (const mark of ['nonce', 'at_hash', 'c_hash', 's_hash']) {
      if (Object.hasOwn(payload, mark)) throw invalidCredentials('an ID token is no access token');
    }
  }

  /** What jose leaves open: an expiry that is no date, a token issued in the future. */
  #checkDates(payload: JWTPayload): void {
    const { clock, config } = this.#options;
    if (payload.exp === undefined || payload.exp > MAX_NUMERIC_DATE_S)
      throw invalidCredentials('exp is no date');
    if (payload.iat !== undefined && payload.iat * 1000 > clock.wall() + config.clockSkew) {
      throw invalidCredentials('the token was issued in the future');
    }
  }
}

function tokenId(payload: JWTPayload): string | undefined {
  if (payload.jti === undefined) return undefined;
  if (typeof payload.jti !== 'string' || payload.jti === '' || payload.jti.length > 256) {
    throw invalidCredentials('jti is no token id');
  }
  return payload.jti;
}

/** `at+jwt` and `application/at+jwt` are the same type (RFC 7515 §4.1.9). */
function mediaType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
}

function isBearer(field: string): boolean {
  return field.length > BEARER.length && field.slice(0, BEARER.length).toLowerCase() === BEARER;
}
