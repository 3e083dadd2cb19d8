/** The whole configuration: the fragments that the rooms export, joined and nothing more. */
import { z } from 'zod';
import { authConfig } from '../auth/authenticator.ts';
import { consumersConfig } from '../auth/consumers/consumers.ts';
import { flowsConfig } from '../bff/flow/flow-config.ts';
import { reloadConfig } from '../change/reload-config.ts';
import { graphConfig } from '../graph/config.ts';
import { streamsConfig } from '../handlers/proxy/proxy-stream-config.ts';
import { plansConfig } from '../limits/plans/plans.ts';
import { limitsConfig } from '../limits/plans/policy-config.ts';
import { listenConfig } from '../listener/listen-config.ts';
import { securityHeadersConfig } from '../middleware/security-headers.ts';
import { sheddingConfig } from '../middleware/shed.ts';
import { pluginsConfig } from '../plugin/config.ts';
import { policiesConfig } from '../policy/config.ts';
import { routingConfig } from '../router/routing-config.ts';
import { SECRET } from '../settings/secret.ts';
import { name } from '../settings/settings.ts';
import { stateConfig } from '../state/state.ts';
import { telemetryConfig } from '../telemetry/config.ts';
import { upstreamConfig } from '../upstream/config.ts';
import { identityHeadersConfig } from '../upstream/outgoing/identity-headers.ts';
import { compressConfig } from '../wire/coding/compress-config.ts';
import { workersConfig } from '../workers/config.ts';
import { bffConfig } from './bff.ts';
import { guardsConfig, routeConfig } from './route.ts';

const adminConfig = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Beyond a loopback address only with a token'),
  port: z.int().min(0).max(65_535).default(4001).describe('0 picks a free one'),
  token: z
    .string()
    .min(16)
    .optional()
    .describe('The secret that callers show as a bearer token; from the environment or a file')
    .meta(SECRET),
  page: z.boolean().default(true).describe('Whether people get a page there, at `/`, with what happens now'),
});

export const configSchema = z.strictObject({
  compress: compressConfig
    .default(false)
    .describe('Codes replies as clients accept it, on all routes that say nothing else'),
  securityHeaders: securityHeadersConfig.describe('Header fields of every answer that make browsers careful'),
  listen: listenConfig.describe('The public port'),
  admin: adminConfig.optional().describe('The port for operators: health, metrics, revocations'),
  zone: z
    .string()
    .max(128)
    .optional()
    .describe(
      'Where this gateway stands, often from the environment: endpoints of the same zone are asked first',
    ),
  workers: workersConfig.describe(
    'Processes that serve: a number, `auto` for one for each CPU, or settings; with more than 1 another process keeps them',
  ),
  pidFile: z
    .string()
    .min(1)
    .optional()
    .describe('Where the number of the process that takes signals is written, once it serves'),
  state: stateConfig.describe('Where limits and revocations are kept'),
  limits: limitsConfig.describe('How limits are drawn from what processes share'),
  auth: authConfig.describe('How callers prove who they are'),
  plans: plansConfig.default({}).describe('What consumers may ask for'),
  policies: policiesConfig.describe('Conditions by name, for routes, screens and fields of the graph'),
  consumers: consumersConfig.describe('Applications that are known by name'),
  consumersFrom: z
    .enum(['configuration', 'state'])
    .default('configuration')
    .describe('Whether more consumers are kept in the Redis of `state`, changed by the admin API'),
  identityHeaders: identityHeadersConfig,
  upstreams: z.record(name, upstreamConfig).default({}).describe('The backends'),
  graph: graphConfig.extend(guardsConfig).optional().describe('The federated graph'),
  routing: routingConfig.describe('What all routes may be matched on beside the text of a request'),
  routes: z.array(routeConfig).default([]).describe('The REST passthrough'),
  bffs: z.array(bffConfig).default([]).describe('Backends for frontends'),
  plugins: pluginsConfig.describe("Teams' own steps, each at its place in the order"),
  flows: flowsConfig,
  shedding: sheddingConfig.describe('What happens to requests for which there is no time'),
  streams: streamsConfig.describe('What holds for all proxied sockets and streams'),
  telemetry: telemetryConfig.describe('Logs and metrics'),
  reload: reloadConfig.describe('How a running gateway takes over changes'),
});

export type Config = z.output<typeof configSchema>;
