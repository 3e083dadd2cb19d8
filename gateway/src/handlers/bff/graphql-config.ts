/** `bffs[].graphql`: what the GraphQL face of one BFF takes and tells. */
import { z } from 'zod';
import { documentsConfig } from '../../graph/persisted/config.ts';
import { clientStreamsConfig } from '../../graph/stream-config.ts';
import { durationMs } from '../../settings/settings.ts';

const limit = (value: number, what: string) => z.int().positive().default(value).describe(what);

export const bffGraphqlConfig = z
  .strictObject({
    introspection: z
      .boolean()
      .optional()
      .describe('Answer __schema and __type; by default as the graph does, and where there is none, not'),
    graphiql: z
      .boolean()
      .default(false)
      .describe('GraphiQL at its path for whoever comes with a browser; not for production'),
    limits: z
      .strictObject({
        tokens: limit(2000, 'Lexical tokens in a document'),
        depth: limit(12, 'Nested fields, introspection left out'),
        aliases: limit(30, 'Aliased fields, fragments spread'),
        rootFields: limit(10, 'Operations of the BFF in one request, fragments spread'),
        directives: limit(50, 'Directives in a document'),
        selections: limit(1000, 'Fields in all, fragments spread'),
      })
      .prefault({})
      .describe('The largest GraphQL operation that is executed'),
    documents: documentsConfig.describe('Documents that clients know by a name or hash alone'),
    subscriptions: clientStreamsConfig.describe('Answers in several payloads, and sockets'),
    pluginTimeout: durationMs
      .prefault('1s')
      .describe("The longest that a request waits for one hook of one of the BFF's Apollo plugins"),
  })
  .prefault({});

export type BffGraphqlConfig = z.output<typeof bffGraphqlConfig>;
