/** `graph.extensions`: what an answer may tell of itself. */
import { z } from 'zod';

export const extensionsConfig = z
  .strictObject({
    cost: z.boolean().default(true).describe('tell the static cost to a client that asks'),
    plan: z.boolean().default(false).describe('tell the query plan to a client that asks'),
    timeline: z
      .boolean()
      .default(false)
      .describe('tell the upstream calls and their times to a client that asks'),
  })
  .prefault({});

export type ExtensionsConfig = z.output<typeof extensionsConfig>;
