/** `graph.operations`: named operations of the graph as REST endpoints. */
import { z } from 'zod';

export const restOperationsConfig = z.strictObject({
  folder: z
    .string()
    .min(1)
    .describe('Where the operations are: every .graphql file in it and below, each operation with @rest'),
  mount: z
    .string()
    .regex(
      /^\/[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/,
      'expected a path such as /api, without a slash at its end',
    )
    .describe('The path under which they stand'),
  openapi: z
    .boolean()
    .default(false)
    .describe('Serve their OpenAPI document at {mount}/openapi.json, to whoever may use the graph'),
});

export type RestOperationsConfig = z.output<typeof restOperationsConfig>;
