/**
 * Browser sessions, put together for one configuration: upstreams of their own for the provider, one with the gateway's
 * credential and one without for each origin, and what is known of sessions, which outlives the configuration.
 */
import { hash } from 'node:crypto';
import { IssuerMetadata, metadataBy, metadataUrls } from '../auth/jwt/issuer-metadata.ts';
import type { DocumentSource } from '../auth/jwt/json-document.ts';
import { Jwks } from '../auth/jwt/jwks.ts';
import { discoverJwks } from '../auth/jwt/jwks-fetch.ts';
import { jwtConfig } from '../auth/jwt/jwt-config.ts';
import { TokenIssuer } from '../auth/jwt/token-issuer.ts';
import { VerifiedTokens } from '../auth/jwt/verified-tokens.ts';
import { ProviderTokens } from '../auth/session/id-token.ts';
import { Login } from '../auth/session/login.ts';
import { Logout } from '../auth/session/logout.ts';
import { Provider } from '../auth/session/provider.ts';
import { Seal, SessionIds } from '../auth/session/seal.ts';
import { SessionClaims } from '../auth/session/session-claims.ts';
import type { SessionConfig } from '../auth/session/session-config.ts';
import type { SessionEndpoint } from '../auth/session/session-endpoint.ts';
import { SessionStore } from '../auth/session/session-store.ts';
import { Sessions } from '../auth/session/sessions.ts';
import {
  basicCredential,
  type ClientFields,
  clientFields,
} from '../auth/to-backends/client-authentication.ts';
import type { Handler } from '../core/exchange.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { SessionTrust } from '../residents/credential-residents.ts';
import type { Residents } from '../residents/residents.ts';
import { type UpstreamConfig, upstreamConfig } from '../upstream/config.ts';
import { systemContext } from '../upstream/outgoing/system-context.ts';

/** No configured name can be the same, for the colon. */
const PLAIN = 'auth:session';
const CLIENT = 'auth:session:client';
const METADATA_TIMEOUT_MS = 2000;
/** Metadata first, then the keys. */
const JWKS_TIMEOUT_MS = 4000;

/** The upstreams of the provider: metadata and keys are asked for as nobody, tokens as the gateway. */
export function sessionUpstreams(config: SessionConfig): Record<string, UpstreamConfig> {
  const { client } = config;
  const basic = client.method === 'none' ? undefined : basicCredential(client);
  const credentials =
    basic === undefined ? {} : { credentials: { header: { name: 'authorization', value: basic } } };
  return Object.fromEntries(
    originsOf(config).flatMap((url) => [
      [`${PLAIN}@${url}`, upstreamConfig.parse({ url })],
      [`${CLIENT}@${url}`, upstreamConfig.parse({ url, ...credentials })],
    ]),
  );
}

function originsOf({ issuer, discovery, origins }: SessionConfig): string[] {
  return [...new Set([...metadataUrls(issuer, discovery).map((url) => url.origin), ...origins])];
}

export function openSessions(
  config: SessionConfig,
  residents: Residents,
  callUpstream: CallUpstream,
): SessionTrust {
  const trust = residents.sessions.once(JSON.stringify(config), () => openTrust(config, residents));
  trust.callBy = callUpstream;
  return trust;
}

function openTrust(config: SessionConfig, residents: Residents): SessionTrust {
  const { clock, logger, metrics: meter, revocations } = residents;
  const callUpstream: CallUpstream = (request) => {
    if (!trust.callBy) throw new TypeError('a login before there are upstreams');
    return trust.callBy(request);
  };
  const { metadata, jwks } = openIssuer(config, residents, callUpstream);
  const provider = new Provider({
    config,
    metadata,
    source: { callUpstream, context: () => systemContext({ clock, deadlineMs: config.timeout }) },
    upstreamOf: (origin) => `${CLIENT}@${origin}`,
    fields: fieldsOf(config, residents),
  });
  const tokens = new ProviderTokens({ issuer: config.issuer, clientId: config.client.id, jwks, clock });
  const claims = new SessionClaims({ config, tokens, accessToken: accessTokens(config, jwks, residents) });
  const store = new SessionStore({
    store: residents.store,
    seal: new Seal(config.keys, 'records'),
    idleMs: config.idle,
  });
  const sessions = new Sessions({
    ids: new SessionIds(config.keys),
    store,
    revocations,
    refresh: (refreshToken) => provider.refresh(refreshToken),
    revoke: (refreshToken) => provider.revoke(refreshToken),
    claimsOf: (set, before) => claims.ofRefresh(set, before),
    idleMs: config.idle,
    absoluteMs: config.absolute,
    recheckMs: config.recheck,
    refreshWithinMs: config.timeout,
    ...{ clock, logger, meter },
  });
  const shared = { config, provider, sessions, store, clock, logger };
  const login = new Login({ ...shared, claims, seal: new Seal(config.keys, 'logins') });
  const logout = new Logout({ ...shared, tokens, revocations });
  const handlers: Record<SessionEndpoint, Handler> = {
    login: login.begin,
    callback: login.callback,
    logout: logout.end,
    session: logout.who,
    'backchannel-logout': logout.byProvider,
  };
  const trust: SessionTrust = { sessions, jwks, handlers, callBy: undefined };
  return trust;
}

function openIssuer(
  config: SessionConfig,
  { clock, logger, metrics: meter }: Residents,
  callUpstream: CallUpstream,
): { readonly metadata: IssuerMetadata; readonly jwks: Jwks } {
  const { issuer, discovery, origins } = config;
  const source: DocumentSource = {
    callUpstream,
    context: () => systemContext({ clock, deadlineMs: METADATA_TIMEOUT_MS }),
  };
  const upstreamOf = (origin: string): string => `${PLAIN}@${origin}`;
  const fetchMetadata = metadataBy(source, upstreamOf);
  const metadata = new IssuerMetadata({ issuer, discovery, origins, fetchMetadata, clock });
  const jwks = new Jwks({
    fetchJwks: discoverJwks(source, metadata, upstreamOf),
    timeoutMs: JWKS_TIMEOUT_MS,
    label: 'session',
    clock,
    logger,
    meter,
  });
  return { metadata, jwks };
}

function fieldsOf({ client }: SessionConfig, { clock }: Residents): ClientFields {
  if (client.method === 'none') return async () => ({ client_id: client.id });
  return clientFields(client, clock);
}

/** Access tokens are verified as those that callers bring themselves. */
function accessTokens(
  { issuer, discovery, audience, claims }: SessionConfig,
  jwks: Jwks,
  { clock, metrics: meter }: Residents,
): (token: string) => Promise<Readonly<Record<string, unknown>>> {
  if (audience === undefined) return async () => ({});
  const [config] = jwtConfig.parse({ issuer, discovery, audience, claims, name: 'session' });
  if (!config) throw new TypeError('an issuer was parsed into none');
  const verifier = new TokenIssuer({ config, jwks, tokens: new VerifiedTokens({ clock }), clock, meter });
  return async (token) => (await verifier.verify(token, hash('sha256', token, 'base64url'))).claims;
}
