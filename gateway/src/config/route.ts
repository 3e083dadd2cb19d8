/** One entry of `routes`: which requests it takes, who may ask, what answers. */
import { z } from 'zod';
import { rolesConfig, scopesConfig } from '../auth/grants.ts';
import { routeAuthConfig } from '../auth/route-auth.ts';
import { aggregateConfig } from '../handlers/aggregate/config.ts';
import { operationTarget } from '../handlers/bff/operation-target.ts';
import { transcodeConfig } from '../handlers/grpc/transcode-config.ts';
import { redirectHostsConfig } from '../handlers/location.ts';
import { exchangeConfig, streamConfig, webSocketConfig } from '../handlers/proxy/proxy-stream-config.ts';
import { redirectConfig } from '../handlers/redirect.ts';
import { queryRewriteConfig } from '../handlers/reshaping/query-rewrite.ts';
import { replyRulesShape } from '../handlers/reshaping/reply-rules.ts';
import { requestRulesShape } from '../handlers/reshaping/request-rules.ts';
import { routeLimitConfig } from '../limits/plans/plans.ts';
import { routePoliciesConfig } from '../limits/plans/policy-config.ts';
import { decompressConfig } from '../middleware/decompress.ts';
import { policyGuards } from '../policy/config.ts';
import { routeMatchConfig } from '../router/route-match.ts';
import { ipRulesConfig } from '../settings/ip-rules.ts';
import { durationMs, fieldName, name, sizeBytes } from '../settings/settings.ts';
import { routeRetryConfig } from '../upstream/retry/retry-config.ts';
import { validateConfig } from '../validation/config.ts';
import { compressConfig } from '../wire/coding/compress-config.ts';
import { stripConfig } from '../wire/json/json-strip.ts';
import { corsConfig } from '../wire/trust/cors-config.ts';

const path = z.string().regex(/^\//, 'expected a path that begins with /');

/** Who may ask, how much, and for how long: the same words on a route, on the graph and on a BFF. */
export const guardsConfig = {
  auth: routeAuthConfig
    .optional()
    .describe(
      'Schemes of which one must hold, or `all` where each must; `none` where nobody is asked; any configured one by default',
    ),
  scopes: scopesConfig,
  roles: rolesConfig,
  ...policyGuards,
  limit: routeLimitConfig.optional().describe("Replaces the limit of the caller's plan here"),
  limitedBy: routePoliciesConfig.describe(
    "Policies that hold here beside that limit and the plan's: names under limits.policies, or its own",
  ),
  deadline: durationMs.optional().describe('Longest time to the head of the answer, all attempts together'),
  login: z
    .enum(['redirect', 'refuse'])
    .default('refuse')
    .describe('Whether people who come here with a browser and are nobody yet are taken to the login'),
  cors: corsConfig.optional().describe('Pages of other origins that may call it; none by default'),
  compress: compressConfig
    .optional()
    .describe('Codes replies as clients accept it; as the section compress says where not set'),
  ip: ipRulesConfig.optional().describe('Which addresses may come here, beside listen.ip'),
  priority: z
    .enum(['high', 'normal', 'low'])
    .optional()
    .describe(
      "How much it matters where a backend has not room for all; as the caller's plan says, or normal",
    ),
};

export type GuardsConfig = z.output<ReturnType<typeof z.object<typeof guardsConfig>>>;

const proxyTarget = z.strictObject({
  upstream: name.describe('A name under upstreams'),
  rewrite: path
    .optional()
    .describe('The path to ask for, with the :params and * of the match; the path as it came where not set'),
  websocket: webSocketConfig.optional(),
  query: queryRewriteConfig.optional(),
  stream: streamConfig.optional(),
  redirectHosts: redirectHostsConfig.optional(),
});

const exchangeTarget = z.strictObject({ exchange: exchangeConfig });

const aggregateTarget = z.strictObject({ aggregate: aggregateConfig });

const transcodeTarget = z.strictObject({ transcode: transcodeConfig });

const fixedTarget = z.strictObject({
  fixed: z
    .strictObject({
      status: z.int().min(200).max(599).default(200).describe('Its status'),
      headers: z.record(fieldName, z.string()).default({}).describe('Its header fields'),
      body: z.string().default('').describe('Its body, as text'),
    })
    .describe('An answer that is always the same'),
});

const redirectTarget = z.strictObject({
  redirect: redirectConfig.describe('Sends the client somewhere else'),
});

const graphTarget = z.strictObject({
  graph: z.literal(true).describe('The federated graph, at this path too'),
});

export const routeConfig = z.strictObject({
  match: routeMatchConfig.describe('Which requests it takes'),
  to: z
    .union([
      proxyTarget,
      exchangeTarget,
      transcodeTarget,
      aggregateTarget,
      fixedTarget,
      redirectTarget,
      graphTarget,
      operationTarget,
    ])
    .describe('What answers'),
  ...guardsConfig,
  timeout: durationMs
    .optional()
    .describe("Longest time of one attempt at the upstream; the upstream's own where not set"),
  retry: routeRetryConfig
    .optional()
    .describe("What to try again, and how often; the upstream's own where not set, each key by itself"),
  validate: validateConfig.optional(),
  request: z
    .strictObject({
      maxBody: sizeBytes.prefault('1MiB').describe('The largest request body'),
      decompress: decompressConfig.optional(),
      ...requestRulesShape,
    })
    .prefault({})
    .describe('What is changed of the request, and how large it may be'),
  response: z
    .strictObject({ strip: stripConfig, ...replyRulesShape })
    .prefault({})
    .describe('What is changed of the answer'),
});

export type RouteConfig = z.output<typeof routeConfig>;
