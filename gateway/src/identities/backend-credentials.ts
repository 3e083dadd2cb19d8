/**
 * What proves the gateway and its callers to backends by tokens, put together for one configuration: for each upstream that
 * asks for tokens an upstream of its own for the identity provider, so that one that is ill harms no other, and another for
 * its metadata, which does not carry the gateway's credential; and the tokens and keys, which outlive the configuration.
 */

import type { DocumentSource } from '../auth/jwt/json-document.ts';
import { basicCredential, clientFields } from '../auth/to-backends/client-authentication.ts';
import { ClientCredentials } from '../auth/to-backends/client-credentials.ts';
import { ExchangedTokens } from '../auth/to-backends/exchanged-tokens.ts';
import type { SigningKeys } from '../auth/to-backends/identity-keys.ts';
import { IdentityToken } from '../auth/to-backends/identity-token.ts';
import type { IdentityTokensConfig } from '../auth/to-backends/identity-token-config.ts';
import { RenewedToken, type RenewedTokenOptions } from '../auth/to-backends/renewed-token.ts';
import { type RequestToken, tokenEndpoint } from '../auth/to-backends/token-endpoint.ts';
import { TokenExchange } from '../auth/to-backends/token-exchange.ts';
import { identityTokensOf } from '../config/identity-tokens.ts';
import type { Config } from '../config/schema.ts';
import { toFrontdeskError } from '../core/errors.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { Residents } from '../residents/residents.ts';
import { type UpstreamConfig, upstreamConfig } from '../upstream/config.ts';
import { type CallProof, markOf } from '../upstream/outgoing/call-proof.ts';
import type { ExchangeConfig, OauthConfig } from '../upstream/outgoing/credentials.ts';
import { systemContext } from '../upstream/outgoing/system-context.ts';
import { providerEndpoint, providerOrigin } from './provider-endpoint.ts';

type Upstreams = Config['upstreams'];
type GrantConfig = OauthConfig | ExchangeConfig;

/** No configured name can be the same, for its colon. */
const tokenUpstream = (upstream: string): string => `auth:token:${upstream}`;
const metadataUpstream = (upstream: string): string => `auth:token:${upstream}:metadata`;
const METADATA_TIMEOUT_MS = 2000;

/** The upstreams of the identity providers that give tokens for these. */
export function credentialUpstreams(upstreams: Upstreams): Record<string, UpstreamConfig> {
  const made: Record<string, UpstreamConfig> = {};
  for (const [name, { credentials }] of Object.entries(upstreams)) {
    const grant = credentials?.oauth ?? credentials?.exchange;
    if (!grant) continue;
    const url = providerOrigin(placeOf(grant));
    const value = basicCredential(grant.client);
    const proof = value === undefined ? {} : { credentials: { header: { name: 'authorization', value } } };
    made[tokenUpstream(name)] = upstreamConfig.parse({ url, ...proof });
    if (grant.tokenEndpoint === undefined) made[metadataUpstream(name)] = upstreamConfig.parse({ url });
  }
  return made;
}

function placeOf({ tokenEndpoint: endpoint, issuer, discovery }: GrantConfig) {
  return { endpoint, issuer, discovery };
}

/** Whether callers' tokens are needed once they are verified. */
export function exchangesTokens(upstreams: Upstreams): boolean {
  return Object.values(upstreams).some(({ credentials }) => credentials?.exchange !== undefined);
}

export interface BackendCredentials {
  readonly proofsOf: (upstream: string, config: UpstreamConfig) => readonly CallProof[];
  /** When the configuration is gone. */
  release(): void;
}

/** `callUpstream`: how identity providers are asked. */
export function openBackendCredentials(
  config: Pick<Config, 'auth' | 'upstreams'>,
  residents: Residents,
  callUpstream: CallUpstream,
): BackendCredentials {
  const settings = identityTokensOf(config);
  const keys = settings && residents.identityKeys.lease(settings.keys);
  const grants = new Grants(residents, callUpstream);
  return {
    proofsOf: (name, { credentials, identityToken }) => {
      const proofs: CallProof[] = [];
      if (credentials?.oauth) proofs.push(grants.own(name, credentials.oauth));
      if (credentials?.exchange) proofs.push(grants.exchange(name, credentials.exchange));
      if (identityToken && settings && keys) {
        proofs.push(identityTokenFor(name, identityToken, settings, keys, residents));
      }
      return proofs;
    },
    release: () => keys?.release(),
  };
}

function identityTokenFor(
  upstream: string,
  { audience = upstream, ttl, header, claims }: NonNullable<UpstreamConfig['identityToken']>,
  { issuer }: IdentityTokensConfig,
  keys: SigningKeys,
  { clock, metrics }: Residents,
): IdentityToken {
  const signed = metrics.counter({
    name: 'frontdesk_identity_tokens_signed_total',
    help: 'Identity tokens that were signed, by upstream; most calls are sent with one that was signed before',
    labels: ['upstream'],
  });
  return new IdentityToken({
    field: header,
    ...{ issuer, audience, claims, keys, clock, upstream, signed, markOf },
    ttlMs: ttl,
  });
}

/** Tokens of identity providers. */
class Grants {
  readonly #residents: Residents;
  readonly #callUpstream: CallUpstream;
  readonly #count: (value: number, upstream: string, grant: string, outcome: string) => void;

  constructor(residents: Residents, callUpstream: CallUpstream) {
    this.#residents = residents;
    this.#callUpstream = callUpstream;
    this.#count = residents.metrics.counter({
      name: 'frontdesk_backend_tokens_total',
      help: 'Access tokens that identity providers were asked for, by upstream, grant and outcome: ok or failed',
      labels: ['upstream', 'grant', 'outcome'],
    });
  }

  own(upstream: string, config: GrantConfig): ClientCredentials {
    const { renewedTokens } = this.#residents;
    const kept = renewedTokens.once(JSON.stringify([upstream, config]), () => {
      return new RenewedToken(this.#keeping(upstream, config));
    });
    return new ClientCredentials({ kept, request: this.#request(upstream, config), target: config });
  }

  exchange(upstream: string, config: ExchangeConfig): TokenExchange {
    const { exchangedTokens, callerTokens } = this.#residents;
    const { actor, withoutToken, maxTokens } = config;
    const tokens = exchangedTokens.once(JSON.stringify([upstream, config]), () => {
      return new ExchangedTokens({ ...this.#keeping(upstream, config), maxTokens });
    });
    return new TokenExchange({
      ...{ tokens, upstream, actor, withoutToken, target: config, callers: callerTokens },
      request: this.#request(upstream, config),
      own: this.own(upstream, config),
    });
  }

  #keeping(upstream: string, { defaultLifetime }: GrantConfig): RenewedTokenOptions {
    const { clock, random, logger } = this.#residents;
    return {
      ...{ clock, random },
      defaultLifetimeMs: defaultLifetime,
      onFailure: (error, servesOld) => {
        const { detail, message } = toFrontdeskError(error);
        logger.warn({ upstream, reason: detail ?? message, servesOld }, 'no token for an upstream');
      },
    };
  }

  #request(upstream: string, config: GrantConfig): RequestToken {
    const { clock } = this.#residents;
    const { client, issuer, timeout } = config;
    const within = (deadlineMs: number): DocumentSource => ({
      callUpstream: this.#callUpstream,
      context: () => systemContext({ clock, deadlineMs }),
    });
    const request = tokenEndpoint({
      source: within(timeout),
      upstream: tokenUpstream(upstream),
      endpoint: providerEndpoint(placeOf(config), {
        member: 'token_endpoint',
        source: within(METADATA_TIMEOUT_MS),
        upstream: metadataUpstream(upstream),
        clock,
      }),
      fields: clientFields(client, clock),
      issuer,
      repeatable: client.method !== 'private_key_jwt',
      timeoutMs: timeout,
    });
    return this.#counted(upstream, request);
  }

  #counted(upstream: string, request: RequestToken): RequestToken {
    return async (form) => {
      const grant = form.grant_type === 'client_credentials' ? 'client_credentials' : 'token_exchange';
      try {
        const token = await request(form);
        this.#count(1, upstream, grant, 'ok');
        return token;
      } catch (error) {
        this.#count(1, upstream, grant, 'failed');
        throw error;
      }
    };
  }
}
