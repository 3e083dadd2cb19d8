/** `upstreams.X` of the configuration: the fragments of this room's features, joined. */
import { z } from 'zod';
import { durationMs, name, scopes, sizeBytes } from '../settings/settings.ts';
import { jsonRulesConfig } from '../wire/json/json-reshape.ts';
import { stripConfig } from '../wire/json/json-strip.ts';
import { balanceConfig } from './balancing/balance-config.ts';
import { breakerConfig } from './breaker/breaker.ts';
import { bulkheadConfig } from './bulkhead/bulkhead.ts';
import { cacheConfig } from './cache/config.ts';
import { discoverConfig, isPlain } from './discovery/config.ts';
import { endpointUrl } from './endpoints/endpoint-url.ts';
import { healthConfig } from './health/health-config.ts';
import { outlierConfig } from './health/outlier-config.ts';
import { upstreamLimitConfig } from './limit.ts';
import { mirrorConfig } from './mirror/config.ts';
import { callRequestConfig } from './outgoing/call-headers.ts';
import { credentialField, credentialsConfig } from './outgoing/credentials.ts';
import { forwardConfig } from './outgoing/forwarding.ts';
import { identityTokenConfig } from './outgoing/identity-token-config.ts';
import { hedgeConfig } from './retry/hedge-config.ts';
import { retryConfig } from './retry/retry-config.ts';
import { timeoutConfig } from './retry/timeout.ts';
import { splitConfig } from './split/config.ts';
import { protocolConfig } from './transports/protocol-config.ts';
import { upstreamTlsConfig } from './transports/tls-config.ts';

const targetConfig = z.strictObject({
  url: endpointUrl.describe('Scheme, host, port and base path; or unix:/run/app.sock'),
  weight: z.int().min(1).max(1000).default(1).describe("Share of the calls, against the others' weights"),
  zone: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe("Where it stands, such as eu-west-1a; those of the gateway's own `zone` are asked first"),
  priority: z
    .int()
    .min(0)
    .max(15)
    .optional()
    .describe('0, the default, is asked first; a higher number where those before it are ill'),
});

const poolConfig = z
  .strictObject({
    connections: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('Most connections to one endpoint; by default maxInFlight'),
    keepAlive: durationMs
      .prefault('4s')
      .describe('How long an unused connection is kept: less than the backend keeps it'),
    maxHeaderSize: sizeBytes.prefault('16KiB').describe("Most bytes of a reply's header fields"),
  })
  .prefault({});

const responseConfig = z
  .strictObject({
    strip: stripConfig,
    json: jsonRulesConfig.optional().describe('Rules for JSON replies of status 2xx, whoever asked'),
    maxSize: sizeBytes
      .optional()
      .describe('Largest reply body; replies that are streamed have no limit by default'),
    maxStripSize: sizeBytes
      .prefault('10MiB')
      .describe('Largest reply body from which members can be stripped, or that can be reshaped'),
  })
  .prefault({});

export const upstreamConfig = z
  .strictObject({
    url: endpointUrl.optional().describe('The one endpoint; or `targets`'),
    targets: z
      .array(targetConfig)
      .min(1)
      .max(256)
      .optional()
      .describe('Several endpoints with weights; or `url`'),
    discover: discoverConfig.optional().describe('Endpoints that come and go; or `url`'),
    split: splitConfig
      .optional()
      .describe(
        'Other upstreams between which the calls are parted; or `url`. What else an upstream says its sides say',
      ),
    mirror: mirrorConfig.optional().describe('Copies of calls for a shadow; none by default'),
    subgraph: name.optional().describe('The subgraph that this upstream serves, where its name is another'),
    scopes: scopes.describe('What a caller must be allowed to cause a call'),
    credentials: credentialsConfig.optional().describe('How the gateway proves itself to the upstream'),
    identityToken: identityTokenConfig
      .optional()
      .describe('A signed statement of who asks; `{}` for the defaults, none without it'),
    identityHeaders: z
      .boolean()
      .default(true)
      .describe('Whether the fields of the section identityHeaders are sent'),
    forward: forwardConfig.describe('What is passed on of the client'),
    share: z
      .boolean()
      .optional()
      .describe(
        'Whether identical queries of the graph in flight are one call; by default where it serves a subgraph',
      ),
    cache: cacheConfig
      .optional()
      .describe('A shared cache of RFC 9111; `true` for one with default settings'),
    limit: upstreamLimitConfig.optional().describe('A limit per consumer around each call'),
    balance: balanceConfig,
    health: healthConfig.optional().describe('Active health checks; none by default'),
    outliers: outlierConfig,
    breaker: breakerConfig.describe('Stops asking an endpoint that fails, for a while; `false` for none'),
    bulkhead: bulkheadConfig.describe('How many calls one endpoint carries at once, and how many may wait'),
    retry: retryConfig.describe('What is tried again, and how often'),
    hedge: hedgeConfig
      .optional()
      .describe('A second attempt elsewhere when the first is late; `{}` for the defaults, none without it'),
    timeout: timeoutConfig.describe('How long each part of a call may take'),
    tls: upstreamTlsConfig.optional().describe('Whom to trust as this upstream and who to be, over https://'),
    protocol: protocolConfig,
    pool: poolConfig.describe('Connections to the endpoints'),
    request: callRequestConfig.describe('What is changed of each call'),
    response: responseConfig.describe('What is changed of each reply, and how large it may be'),
  })
  .refine(
    ({ url, targets, discover, split }) =>
      [url, targets, discover, split].filter((one) => one !== undefined).length === 1,
    { message: 'expected exactly one of url, targets, discover and split' },
  )
  .refine(
    ({ credentials, identityToken }) =>
      !credentials || !identityToken || credentialField(credentials) !== identityToken.header,
    {
      message: "would stand in the field of the gateway's own credential: expected another",
      path: ['identityToken', 'header'],
    },
  )
  .refine((config) => !config.tls || targetsOf(config).every(({ url }) => url.startsWith('https://')), {
    message: 'is for https:// endpoints: expected every URL of this upstream to be one',
    path: ['tls'],
  })
  .refine((config) => !config.tls || !config.discover || !isPlain(config.discover), {
    message: 'is for https:// endpoints: expected scheme: https, or a URL with it, under discover',
    path: ['tls'],
  })
  .refine(
    (config) =>
      config.protocol !== 'auto' || targetsOf(config).every(({ url }) => url.startsWith('https://')),
    {
      message:
        'auto asks the backend by ALPN, over https://: expected http1, or http2 for HTTP/2 in the clear',
      path: ['protocol'],
    },
  );

export type UpstreamConfig = z.output<typeof upstreamConfig>;
export type TargetConfig = z.output<typeof targetConfig>;

/** Whether calls that may be shared are. */
export function shares({ share, subgraph }: UpstreamConfig): boolean {
  return share ?? subgraph !== undefined;
}

interface StatedTargets {
  readonly url?: string | undefined;
  readonly targets?: readonly TargetConfig[] | undefined;
}

/** The endpoints, however they were written. */
export function targetsOf(config: StatedTargets): readonly TargetConfig[] {
  return config.targets ?? (config.url === undefined ? [] : [{ url: config.url, weight: 1 }]);
}
