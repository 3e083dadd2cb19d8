/** The `graph` section of the configuration. */
import { z } from 'zod';
import { durationMs, sizeBytes } from '../settings/settings.ts';
import { authorizationConfig } from './document/authorization-config.ts';
import { graphLimitsConfig } from './document/limits.ts';
import { graphHeadersConfig } from './headers/config.ts';
import { restOperationsConfig } from './operations/config.ts';
import { documentsConfig } from './persisted/config.ts';
import { plannerConfig } from './plan/config.ts';
import { subscriptionsConfig } from './stream-config.ts';
import { supergraphSourceConfig } from './supergraph/source-config.ts';
import { extensionsConfig } from './telling-config.ts';

export const graphConfig = z.strictObject({
  path: z
    .string()
    .regex(/^\//, 'expected a path that begins with /')
    .default('/graphql')
    .describe('the path at which it is served'),
  supergraph: supergraphSourceConfig,
  introspection: z.boolean().default(false).describe('answer __schema and __type'),
  graphiql: z
    .boolean()
    .default(false)
    .describe('GraphiQL at the same path for whoever comes with a browser; not for production'),
  ...plannerConfig,
  cache: z.int().positive().default(1000).describe('documents kept parsed, planned and compiled'),
  cacheBytes: sizeBytes.prefault('256MiB').describe('memory that they may take, as estimated'),
  documents: documentsConfig.describe('documents that clients know by a hash alone'),
  operations: restOperationsConfig.optional().describe('Named operations as REST endpoints'),
  warmUp: z
    .strictObject({
      max: z.int().nonnegative().default(500).describe('operations prepared anew for a new supergraph'),
      budget: durationMs.prefault('5s').describe('the longest that a new supergraph waits for them'),
    })
    .prefault({})
    .describe('operations of the last supergraph that are prepared before a new one serves'),
  batching: z
    .strictObject({ max: z.int().min(1).max(100).describe('operations in one request') })
    .optional()
    .describe('take arrays of operations by POST; off where it is left out'),
  maxBody: sizeBytes.prefault('256KiB').describe('the largest request body'),
  maxReply: sizeBytes.prefault('10MiB').describe('the largest reply of a subgraph, decoded'),
  limits: graphLimitsConfig.describe('the largest operation that is executed'),
  authorization: authorizationConfig.describe('what becomes of fields that a caller may not have'),
  subscriptions: subscriptionsConfig.describe('streams to clients and from subgraphs'),
  charge: z
    .enum(['request', 'cost'])
    .default('request')
    .describe("what an operation draws from the consumer's bucket: one token, or its static cost"),
  extensions: extensionsConfig.describe('what an answer may tell of itself'),
  headers: graphHeadersConfig.describe('which fields go to subgraphs, and which come back'),
  sharing: z
    .strictObject({
      upstream: z
        .boolean()
        .default(true)
        .describe('identical query fetches in flight to one subgraph are one call'),
      inbound: z
        .boolean()
        .default(false)
        .describe('identical queries of one identity in flight are executed once'),
    })
    .prefault({})
    .describe('what identical queries in flight have in common'),
  errors: z
    .strictObject({
      subgraphMessages: z.boolean().default(false).describe("show subgraphs' own error messages and codes"),
      serviceNames: z.boolean().default(false).describe('name the subgraph in extensions.serviceName'),
      max: z.int().positive().default(50).describe('errors in one answer'),
    })
    .prefault({})
    .describe('what clients are told of errors'),
});

export type GraphConfig = z.output<typeof graphConfig>;
