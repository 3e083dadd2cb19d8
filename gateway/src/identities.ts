/**
 * Puts authentication together for one configuration: the schemes that are configured, over key sets, verified tokens
 * and revocations that outlive it.
 */
import { ApiKeyScheme } from './auth/api-key.ts';
import { Authenticator } from './auth/authenticator.ts';
import { indexConsumers } from './auth/consumers.ts';
import { Jwks } from './auth/jwks.ts';
import { fetchJwksFrom } from './auth/jwks-fetch.ts';
import { JwtScheme } from './auth/jwt.ts';
import { RevocationList } from './auth/revocation.ts';
import type { Scheme } from './auth/scheme.ts';
import { VerifiedTokens } from './auth/verified-tokens.ts';
import type { Config } from './config/schema.ts';
import type { Clock } from './core/clock.ts';
import type { Identity } from './core/identity.ts';
import type { CallUpstream } from './core/upstream-call.ts';
import type { Plans } from './limits/plans.ts';
import type { Residents, TokenTrust } from './residents.ts';
import { type UpstreamConfig, upstreamConfig } from './upstream/config.ts';
import { systemContext } from './upstream/system-context.ts';

/** The upstream that stands for the token issuer's keys; no configured name can be the same, for its colon. */
export const JWKS_UPSTREAM = 'auth:jwks';
const JWKS_DEADLINE_MS = 2_000;

export interface Identities {
  readonly authenticator: Authenticator;
  readonly revocations: RevocationList;
  /** `undefined` where tokens are not accepted. */
  readonly jwks: Jwks | undefined;
}

/**
 * Whether an identity still holds: it may have expired or its token been revoked since it was proved. For streams that
 * outlive their request. Rejects where nobody can tell and the policy is `deny`.
 */
export function identityHolds(
  { claims, expiresAt }: Identity,
  revocations: RevocationList,
  clock: Clock,
): boolean | Promise<boolean> {
  if (expiresAt <= clock.wall()) return false;
  const { jti } = claims;
  if (typeof jti !== 'string') return true;
  const revoked = revocations.isRevoked(jti);
  return revoked instanceof Promise ? revoked.then((answer) => !answer) : !revoked;
}

/** The upstream of the issuer's keys, where there is an issuer. */
export function jwksUpstream({ jwt }: Config['auth']): Record<string, UpstreamConfig> {
  if (!jwt) return {};
  return { [JWKS_UPSTREAM]: upstreamConfig.parse({ url: new URL(jwt.jwksUri).origin }) };
}

export function openIdentities(
  config: Pick<Config, 'auth' | 'consumers'>,
  plans: Plans,
  residents: Residents,
  callUpstream: CallUpstream,
): Identities {
  const { clock, logger, store } = residents;
  const { jwt, apiKey, revocation } = config.auth;
  const consumers = indexConsumers(config.consumers, plans);
  const revocations = residents.revocations.once(JSON.stringify(revocation), () => {
    return new RevocationList({ config: revocation, store, clock, logger });
  });
  const schemes: Scheme[] = [];
  let jwks: Jwks | undefined;
  if (apiKey) schemes.push(new ApiKeyScheme({ config: apiKey, consumers, clock }));
  if (jwt) {
    const trust = residents.tokenTrusts.once(JSON.stringify(jwt), () => openTrust(jwt.jwksUri, residents));
    trust.fetchBy = callUpstream;
    jwks = trust.jwks;
    schemes.push(new JwtScheme({ config: jwt, jwks, tokens: trust.tokens, revocations, consumers, clock }));
  }
  const authenticator = new Authenticator({ schemes, meter: residents.metrics });
  return { authenticator, revocations, jwks };
}

function openTrust(jwksUri: string, { clock, logger, metrics }: Residents): TokenTrust {
  const { pathname, search } = new URL(jwksUri);
  const fetchJwks = fetchJwksFrom({
    callUpstream: (request) => {
      if (!trust.fetchBy) throw new TypeError('keys are fetched before there are upstreams');
      return trust.fetchBy(request);
    },
    upstream: JWKS_UPSTREAM,
    path: pathname + search,
    context: () => systemContext({ clock, deadlineMs: JWKS_DEADLINE_MS }),
  });
  const trust: TokenTrust = {
    jwks: new Jwks({ fetchJwks, clock, logger, meter: metrics }),
    tokens: new VerifiedTokens({ clock }),
    fetchBy: undefined,
  };
  return trust;
}
