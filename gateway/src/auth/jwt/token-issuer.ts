/**
 * One issuer whose JWTs are accepted, and all that belongs to it alone: keys, algorithms, audience, verified tokens. A
 * token is verified as RFC 8725 asks: algorithms are pinned and asymmetric (§3.1), keys come from this issuer alone (§3.8)
 * and never from the token (`jwk`, `jku`, `x5u`, `x5c` are not read; §3.10), issuer, audience, expiry and type are
 * checked (RFC 7519 §4.1, RFC 9068 §4), and whatever is wrong, the answer is the same 401.
 */
import { errors, type JWTPayload, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Meter } from '../../core/meter.ts';
import { invalidCredentials, outdatedCredentials } from '../refusal.ts';
import { hasDuplicateMember, isCompactToken, partText } from './compact-token.ts';
import type { Jwks } from './jwks.ts';
import { type IssuerConfig, issuerLabel } from './jwt-config.ts';
import type { VerifiedToken, VerifiedTokens } from './verified-tokens.ts';

/** The last second that a date can name; an expiry beyond it is no date. */
const MAX_NUMERIC_DATE_S = 8.64e12;
const MAX_KEYS_TRIED = 4;
/** What ID tokens alone have (OpenID Connect Core §2, §3.3.2.11). */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash'];

export interface TokenIssuerOptions {
  readonly config: IssuerConfig;
  readonly jwks: Jwks;
  readonly tokens: VerifiedTokens;
  readonly clock: Clock;
  readonly meter: Meter;
}

export class TokenIssuer {
  readonly config: IssuerConfig;
  readonly label: string;
  readonly #jwks: Jwks;
  readonly #tokens: VerifiedTokens;
  readonly #clock: Clock;
  readonly #count: (outcome: string) => void;
  readonly #types: ReadonlySet<string>;
  readonly #required: string[];
  readonly #verifying = new Map<string, Promise<VerifiedToken>>();

  constructor({ config, jwks, tokens, clock, meter }: TokenIssuerOptions) {
    this.config = config;
    this.label = issuerLabel(config);
    this.#jwks = jwks;
    this.#tokens = tokens;
    this.#clock = clock;
    this.#types = new Set(config.types.map(mediaType));
    this.#required = [
      'sub',
      'exp',
      ...(config.maxAge === undefined ? [] : ['iat']),
      ...config.requiredClaims,
    ];
    const count = meter.counter({
      name: 'frontdesk_token_verifications_total',
      help: 'JWTs that were not known yet, by issuer as the configuration calls it, and outcome: ok, refused or unavailable',
      labels: ['issuer', 'outcome'],
    });
    this.#count = (outcome) => count(1, this.label, outcome);
  }

  /** A token that was verified before, by the SHA-256 of all of it. */
  known(digest: string): VerifiedToken | undefined {
    return this.#tokens.get(digest);
  }

  /** Rejects with `invalid_credentials`, or with 503 where keys cannot be had. A burst with one new token verifies it once. */
  verify(token: string, digest: string): Promise<VerifiedToken> {
    let verifying = this.#verifying.get(digest);
    if (!verifying) {
      verifying = this.#verify(token, digest).finally(() => this.#verifying.delete(digest));
      this.#verifying.set(digest, verifying);
    }
    return verifying;
  }

  async #verify(token: string, digest: string): Promise<VerifiedToken> {
    try {
      const verified = await this.#verified(token);
      this.#tokens.add(digest, verified);
      this.#count('ok');
      return verified;
    } catch (error) {
      const refusal = refusalOf(error);
      this.#count(refusal.code === 'invalid_credentials' ? 'refused' : 'unavailable');
      throw refusal;
    }
  }

  async #verified(token: string): Promise<VerifiedToken> {
    const { config } = this;
    if (token.length > config.maxTokenBytes) throw invalidCredentials('the token is too long');
    if (!isCompactToken(token)) throw invalidCredentials('not the form of a signed token');
    const options: JWTVerifyOptions = {
      issuer: config.issuer,
      audience: config.audience,
      algorithms: config.algorithms,
      clockTolerance: config.clockSkew / 1000,
      currentDate: new Date(this.#clock.wall()),
      requiredClaims: this.#required,
    };
    const { payload, protectedHeader } = await this.#signed(token, options);
    // Extensions that change what a signature means (none is used with JWTs: RFC 7797 §7), and what makes a reader take
    // it for an encrypted token (RFC 7516 §9).
    for (const name of ['crit', 'b64', 'enc', 'zip'])
      if (name in protectedHeader) throw invalidCredentials('an extension is used');
    this.#checkType(protectedHeader.typ, payload);
    const expiresAt = this.#checkDates(payload);
    for (const part of [0, 1] as const) {
      const text = partText(token, part);
      if (text === undefined) throw invalidCredentials('not UTF-8');
      if (hasDuplicateMember(text)) throw invalidCredentials('a member is there twice');
    }
    checkTokenId(payload);
    return { claims: payload, expiresAt, identity: undefined, madeFor: undefined };
  }

  /** A token need not name its key (RFC 7515 §4.1.4): then each that may be it is tried, up to a bound. */
  async #signed(token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
    try {
      return await jwtVerify(token, this.#jwks.keyFor, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      let left = MAX_KEYS_TRIED;
      for await (const key of error) {
        if (left === 0) break;
        left -= 1;
        try {
          return await jwtVerify(token, key, options);
        } catch (failure) {
          if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
        }
      }
      throw invalidCredentials('no key of the issuer signed it');
    }
  }

  /**
   * An ID token is not an access token (RFC 9068 §4). Those of issuers that give both the same type are told by
   * claims that only ID tokens have.
   */
  #checkType(typ: unknown, payload: JWTPayload): void {
    if (typ !== undefined && typeof typ !== 'string') throw invalidCredentials('typ is no text');
    const type = mediaType(typ ?? 'JWT');
    if (!this.#types.has(type))
      throw invalidCredentials(`tokens of type ${type.slice(0, 32)} are not accepted`);
    if (type === 'at+jwt') return;
    for (const mark of ID_TOKEN_CLAIMS) {
      if (Object.hasOwn(payload, mark)) throw invalidCredentials('an ID token is no access token');
    }
  }

  /** What jose leaves open: an expiry that is no date, a token issued in the future or too long ago. */
  #checkDates({ exp, iat }: JWTPayload): number {
    const { clockSkew, maxAge } = this.config;
    const now = this.#clock.wall();
    if (exp === undefined || exp > MAX_NUMERIC_DATE_S) throw invalidCredentials('exp is no date');
    if (iat !== undefined && iat * 1000 > now + clockSkew) {
      throw invalidCredentials('the token was issued in the future');
    }
    if (maxAge === undefined || iat === undefined) return exp * 1000;
    const oldAt = iat * 1000 + maxAge;
    if (oldAt + clockSkew <= now) throw invalidCredentials('the token is too old');
    return Math.min(exp * 1000, oldAt);
  }
}

/** Whatever was thrown on the way: what is no word of ours is a fault of the token. */
function refusalOf(error: unknown): FrontdeskError {
  if (error instanceof FrontdeskError) return error;
  // Claims are looked at once the signature holds.
  if (error instanceof errors.JWTExpired) return outdatedCredentials(`${error.code}: ${error.message}`);
  if (error instanceof errors.JOSEError) return invalidCredentials(`${error.code}: ${error.message}`);
  return invalidCredentials(error instanceof Error ? `${error.name} while verifying` : 'unknown');
}

/** What revocation goes by. */
function checkTokenId({ jti }: JWTPayload): void {
  if (jti === undefined) return;
  if (typeof jti !== 'string' || jti === '' || jti.length > 256)
    throw invalidCredentials('jti is no token id');
}

/** `at+jwt` and `application/at+jwt` are the same type (RFC 7515 §4.1.9). */
function mediaType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
}
