/**
 * Whose tokens are accepted, put together for one configuration: an upstream of its own for each issuer and each origin
 * that may hold its keys, so that one that is ill harms no other, and its keys and verified tokens, which outlive the
 * configuration.
 */

import { IssuerMetadata, metadataBy, metadataUrls } from '../auth/jwt/issuer-metadata.ts';
import type { DocumentSource } from '../auth/jwt/json-document.ts';
import { type FetchJwks, Jwks } from '../auth/jwt/jwks.ts';
import { discoverJwks, fetchJwksFrom } from '../auth/jwt/jwks-fetch.ts';
import { type IssuerConfig, issuerLabel, type JwtConfig } from '../auth/jwt/jwt-config.ts';
import { TokenIssuer } from '../auth/jwt/token-issuer.ts';
import { VerifiedTokens } from '../auth/jwt/verified-tokens.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { TokenTrust } from '../residents/credential-residents.ts';
import type { Residents } from '../residents/residents.ts';
import { type UpstreamConfig, upstreamConfig } from '../upstream/config.ts';
import { systemContext } from '../upstream/outgoing/system-context.ts';

/** What upstreams of issuers' keys begin with; no configured name can be the same, for its colon. */
const JWKS_UPSTREAM = 'auth:jwks';
const TIMEOUT_MS = 2000;
/** Metadata first, then the keys. */
const DISCOVERY_TIMEOUT_MS = 4000;

/** The upstreams of the issuers' keys. */
export function jwksUpstreams(issuers: JwtConfig): Record<string, UpstreamConfig> {
  const upstreams: Record<string, UpstreamConfig> = {};
  for (const issuer of issuers) {
    for (const origin of originsOf(issuer)) {
      upstreams[upstreamOf(issuer, origin)] = upstreamConfig.parse({ url: origin });
    }
  }
  return upstreams;
}

/** Where an issuer's keys and metadata may be; nowhere for one whose keys the configuration holds. */
function originsOf({ issuer, discovery, jwksUri, keys, keyOrigins }: IssuerConfig): string[] {
  if (keys) return [];
  if (jwksUri !== undefined) return [new URL(jwksUri).origin];
  return [...new Set([...metadataUrls(issuer, discovery).map((url) => url.origin), ...keyOrigins])];
}

function upstreamOf(issuer: IssuerConfig, origin: string): string {
  const [own] = originsOf(issuer);
  const name = `${JWKS_UPSTREAM}:${issuerLabel(issuer)}`;
  return origin === own ? name : `${name}@${origin}`;
}

/** The issuers of a configuration, in its order. */
export function openIssuers(
  issuers: JwtConfig,
  residents: Residents,
  callUpstream: CallUpstream,
): { readonly issuers: readonly TokenIssuer[]; readonly keySets: readonly Jwks[] } {
  const { clock, metrics: meter } = residents;
  const keySets: Jwks[] = [];
  const opened = issuers.map((config) => {
    const trust = residents.tokenTrusts.once(JSON.stringify(config), () => openTrust(config, residents));
    trust.fetchBy = callUpstream;
    keySets.push(trust.jwks);
    return new TokenIssuer({ config, jwks: trust.jwks, tokens: trust.tokens, clock, meter });
  });
  return { issuers: opened, keySets };
}

function openTrust(config: IssuerConfig, residents: Residents): TokenTrust {
  const { clock, logger, metrics: meter } = residents;
  const callUpstream: CallUpstream = (request) => {
    if (!trust.fetchBy) throw new TypeError('keys are fetched before there are upstreams');
    return trust.fetchBy(request);
  };
  const jwks = new Jwks({
    ...keySource(config, callUpstream, residents),
    label: issuerLabel(config),
    clock,
    logger,
    meter,
  });
  const trust: TokenTrust = { jwks, tokens: new VerifiedTokens({ clock }), fetchBy: undefined };
  return trust;
}

function keySource(
  config: IssuerConfig,
  callUpstream: CallUpstream,
  { clock }: Pick<Residents, 'clock'>,
): { readonly fetchJwks: FetchJwks; readonly timeoutMs: number } {
  const { issuer, keys, jwksUri, discovery, keyOrigins } = config;
  if (keys) return { fetchJwks: async () => keys, timeoutMs: TIMEOUT_MS };
  const source: DocumentSource = {
    callUpstream,
    context: () => systemContext({ clock, deadlineMs: TIMEOUT_MS }),
  };
  if (jwksUri !== undefined) {
    const { origin, pathname, search } = new URL(jwksUri);
    const place = { upstream: upstreamOf(config, origin), path: pathname + search };
    return { fetchJwks: fetchJwksFrom(source, place), timeoutMs: TIMEOUT_MS };
  }
  const metadata = new IssuerMetadata({
    issuer,
    discovery,
    origins: keyOrigins,
    clock,
    fetchMetadata: metadataBy(source, (origin) => upstreamOf(config, origin)),
  });
  const fetchJwks = discoverJwks(source, metadata, (origin) => upstreamOf(config, origin));
  return { fetchJwks, timeoutMs: DISCOVERY_TIMEOUT_MS };
}
