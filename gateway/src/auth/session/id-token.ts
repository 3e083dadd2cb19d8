/**
 * ID tokens (OpenID Connect Core §3.1.3.7): signed by the provider's own keys with a pinned asymmetric algorithm, for this
 * client alone, for the login that asked for it (`nonce`), and beside the access token that came with it (`at_hash`).
 */
import { createHash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { hasDuplicateMember, isCompactToken, partText } from '../jwt/compact-token.ts';
import type { Jwks } from '../jwt/jwks.ts';
import { TOKEN_ALGORITHMS } from '../jwt/jwt-config.ts';

const CLOCK_SKEW_S = 30;
const MAX_TOKEN_CHARS = 16_384;

export interface ProviderTokensOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly jwks: Pick<Jwks, 'keyFor'>;
  readonly clock: Clock;
}

export interface IdTokenExpectation {
  /** Must be there and be this; `undefined` where the token may have none (after a refresh). */
  readonly nonce: string | undefined;
  /** The access token that came with it. */
  readonly accessToken: string | undefined;
}

export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string };

/** Verifies what one provider signs for one client. */
export class ProviderTokens {
  readonly #options: ProviderTokensOptions;

  constructor(options: ProviderTokensOptions) {
    this.#options = options;
  }

  /** Rejects with `invalid_credentials`, or with 503 where the keys cannot be had. */
  async idToken(token: string, { nonce, accessToken }: IdTokenExpectation): Promise<Claims> {
    const { payload, algorithm } = await this.#verified(token, ['JWT'], ['sub', 'exp', 'iat']);
    const { clientId } = this.#options;
    if (payload.azp !== undefined && payload.azp !== clientId) throw refused('azp is another client');
    if (Array.isArray(payload.aud) && payload.aud.length > 1 && payload.azp === undefined)
      throw refused('several audiences and no azp');
    if (nonce !== undefined && payload.nonce !== nonce) throw refused('the nonce is not that of the login');
    if (accessToken !== undefined && payload.at_hash !== undefined) {
      if (payload.at_hash !== leftHalf(accessToken, algorithm)) throw refused('at_hash is of another token');
    }
    return claimsOf(payload);
  }

  /** A logout token (OpenID Connect Back-Channel Logout 1.0 §2.6). Rejects as `idToken`. */
  async logoutToken(token: string): Promise<Readonly<Record<string, unknown>>> {
    const { payload } = await this.#verified(token, ['logout+jwt', 'JWT'], ['iat', 'jti', 'events']);
    const { events } = payload;
    const isLogout = typeof events === 'object' && events !== null && Object.hasOwn(events, LOGOUT_EVENT);
    if (!isLogout) throw refused('no event of a logout');
    if (payload.nonce !== undefined) throw refused('a nonce is of no logout');
    if (typeof payload.jti !== 'string' || payload.jti.length > 256) throw refused('jti is no token id');
    if (typeof payload.sub !== 'string' && typeof payload.sid !== 'string') throw refused('it names nobody');
    const ageS = this.#options.clock.wall() / 1000 - (payload.iat ?? 0);
    if (ageS > MAX_LOGOUT_AGE_S || ageS < -CLOCK_SKEW_S) throw refused('it is not of now');
    return payload;
  }

  async #verified(
    token: string,
    types: readonly string[],
    requiredClaims: string[],
  ): Promise<{ payload: JWTPayload; algorithm: string }> {
    const { issuer, clientId, jwks, clock } = this.#options;
    if (token.length > MAX_TOKEN_CHARS || !isCompactToken(token)) throw refused('no signed token');
    try {
      const { payload, protectedHeader } = await jwtVerify(token, jwks.keyFor, {
        issuer,
        audience: clientId,
        algorithms: [...TOKEN_ALGORITHMS],
        clockTolerance: CLOCK_SKEW_S,
        currentDate: new Date(clock.wall()),
        requiredClaims,
      });
      if ('crit' in protectedHeader || 'b64' in protectedHeader) throw refused('an extension is used');
      const type = typeOf(protectedHeader.typ);
      if (!types.some((known) => known.toLowerCase() === type)) throw refused('a token of another type');
      for (const part of [0, 1] as const) {
        const text = partText(token, part);
        if (text === undefined || hasDuplicateMember(text)) throw refused('no sound JSON');
      }
      return { payload, algorithm: protectedHeader.alg };
    } catch (error) {
      if (error instanceof FrontdeskError) throw error;
      throw refused(error instanceof errors.JOSEError ? `${error.code}: ${error.message}` : 'unreadable');
    }
  }
}

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const MAX_LOGOUT_AGE_S = 120;

function refused(why: string): FrontdeskError {
  return new FrontdeskError('invalid_credentials', { detail: `the token of the identity provider: ${why}` });
}

function typeOf(typ: unknown): string {
  const lower = typeof typ === 'string' ? typ.toLowerCase() : 'jwt';
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
}

function claimsOf(payload: JWTPayload): Claims {
  const { sub } = payload;
  if (typeof sub !== 'string' || sub === '') throw refused('no subject');
  return { ...payload, sub };
}

/** OpenID Connect Core §3.1.3.6: the hash that belongs to the signature's algorithm, its left half. */
function leftHalf(text: string, algorithm: string): string {
  const bits = algorithm.startsWith('Ed') ? '512' : algorithm.slice(-3);
  const digest = createHash(`sha${bits}`).update(text).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
