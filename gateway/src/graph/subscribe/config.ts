/** The keys of `graph.subscriptions` that face subgraphs; those that face clients stand in `../stream-config.ts`. */
import { z } from 'zod';
import { durationMs, fieldName, sizeBytes } from '../../settings/settings.ts';

const queueConfig = z
  .strictObject({
    events: z.int().positive().default(64).describe('Events that may wait for one client'),
    size: sizeBytes.prefault('1MiB').describe('Bytes that may wait for one client'),
    slowAfter: durationMs
      .prefault('10s')
      .describe('How long a source is held back for its only client before that one is given up'),
  })
  .prefault({});

export type QueueConfig = z.output<typeof queueConfig>;

const subgraphStreamConfig = z.strictObject({
  protocol: z
    .enum(['auto', 'sse', 'websocket'])
    .default('auto')
    .describe('How its subscriptions are opened; auto tries SSE, then graphql-transport-ws, and remembers'),
  path: z
    .string()
    .regex(/^\//, 'expected a path that begins with /')
    .optional()
    .describe('Where; by default where its queries go'),
  connectionInit: z
    .array(fieldName)
    .default([])
    .describe('Forwarded fields (graph.headers.forward) that go into the payload of connection_init'),
  share: z.boolean().optional().describe('As graph.subscriptions.share, for this subgraph'),
});

export type SubgraphStreamConfig = z.output<typeof subgraphStreamConfig>;

export const sourceConfig = {
  deadline: durationMs
    .prefault('5s')
    .describe('Time to open a subscription at its subgraph, and again to complete each event'),
  subgraphIdle: durationMs
    .prefault('2m')
    .describe('Silence of a subgraph (not even a comment, ping or pong) after which its stream is broken'),
  maxEvent: sizeBytes.prefault('1MiB').describe('The largest event of a subgraph'),
  max: z.int().positive().default(10_000).describe('Subscriptions at subgraphs at a time'),
  sharers: z.int().positive().default(10_000).describe('Clients of one subscription at a subgraph'),
  share: z
    .boolean()
    .default(true)
    .describe(
      'Identical subscriptions of one identity are one at the subgraph, asked in the name of no address',
    ),
  eventsAtOnce: z.int().min(1).max(64).default(4).describe('Events of one source that are completed at once'),
  queue: queueConfig.describe('What may wait for a client that reads slowly'),
  subgraphs: z.record(z.string(), subgraphStreamConfig).default({}).describe('By the name of the subgraph'),
};

export type SourcesConfig = z.output<z.ZodObject<typeof sourceConfig>>;

const DEFAULTS = subgraphStreamConfig.parse({});

export function subgraphConfig({ subgraphs }: SourcesConfig, name: string): SubgraphStreamConfig {
  return (Object.hasOwn(subgraphs, name) ? subgraphs[name] : undefined) ?? DEFAULTS;
}
