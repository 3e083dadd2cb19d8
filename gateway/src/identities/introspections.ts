/**
 * Asking about opaque tokens, put together for one configuration: an upstream of its own for the provider, which carries
 * the gateway's credential, another for its metadata, which does not, and the answers, which outlive the configuration.
 */

import { IntrospectedTokens } from '../auth/introspection/introspected-tokens.ts';
import { type AskIntrospection, introspectionClient } from '../auth/introspection/introspection-client.ts';
import type { IntrospectionConfig } from '../auth/introspection/introspection-config.ts';
import type { DocumentSource } from '../auth/jwt/json-document.ts';
import { basicCredential, clientFields } from '../auth/to-backends/client-authentication.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { IntrospectionTrust } from '../residents/credential-residents.ts';
import type { Residents } from '../residents/residents.ts';
import { type UpstreamConfig, upstreamConfig } from '../upstream/config.ts';
import { systemContext } from '../upstream/outgoing/system-context.ts';
import { providerEndpoint, providerOrigin } from './provider-endpoint.ts';

/** No configured name can be the same, for its colon. */
const INTROSPECTION_UPSTREAM = 'auth:introspection';
const METADATA_UPSTREAM = 'auth:introspection:metadata';
const METADATA_TIMEOUT_MS = 2000;

/** The upstreams of the provider that introspects. */
export function introspectionUpstreams(config: IntrospectionConfig): Record<string, UpstreamConfig> {
  const url = providerOrigin(config);
  const basic = basicCredential(config.client);
  const credentials =
    basic === undefined ? {} : { credentials: { header: { name: 'authorization', value: basic } } };
  const upstreams: Record<string, UpstreamConfig> = {
    [INTROSPECTION_UPSTREAM]: upstreamConfig.parse({ url, ...credentials }),
  };
  if (config.endpoint === undefined) upstreams[METADATA_UPSTREAM] = upstreamConfig.parse({ url });
  return upstreams;
}

export function openIntrospection(
  config: IntrospectionConfig,
  residents: Residents,
  callUpstream: CallUpstream,
): IntrospectedTokens {
  const trust = residents.introspections.once(JSON.stringify(config), () => openTrust(config, residents));
  trust.askBy = callUpstream;
  return trust.tokens;
}

function openTrust(config: IntrospectionConfig, residents: Residents): IntrospectionTrust {
  const { clock, logger, metrics: meter } = residents;
  const callUpstream: CallUpstream = (request) => {
    if (!trust.askBy) throw new TypeError('a token is introspected before there are upstreams');
    return trust.askBy(request);
  };
  const tokens = new IntrospectedTokens({
    config,
    ask: openClient(config, callUpstream, residents),
    clock,
    logger,
    meter,
  });
  const trust: IntrospectionTrust = { tokens, askBy: undefined };
  return trust;
}

function openClient(
  config: IntrospectionConfig,
  callUpstream: CallUpstream,
  { clock }: Pick<Residents, 'clock'>,
): AskIntrospection {
  const { client, issuer, timeout } = config;
  const within = (deadlineMs: number): DocumentSource => ({
    callUpstream,
    context: () => systemContext({ clock, deadlineMs }),
  });
  return introspectionClient({
    source: within(timeout),
    upstream: INTROSPECTION_UPSTREAM,
    endpoint: providerEndpoint(config, {
      member: 'introspection_endpoint',
      source: within(METADATA_TIMEOUT_MS),
      upstream: METADATA_UPSTREAM,
      clock,
    }),
    fields: clientFields(client, clock),
    issuer,
    repeatable: client.method !== 'private_key_jwt',
    timeoutMs: timeout,
  });
}
