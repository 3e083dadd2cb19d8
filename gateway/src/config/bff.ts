/** One entry of `bffs`: which BFF, where it runs, who may ask, how much at once, and what it promises. */
import { z } from 'zod';
import { bffGraphqlConfig } from '../handlers/bff/graphql-config.ts';
import { objectiveConfig } from '../handlers/bff/objective.ts';
import { bffOpenapiConfig } from '../handlers/bff/openapi/openapi-config.ts';
import { processConfig } from '../processes/config.ts';
import { name } from '../settings/settings.ts';
import { endpointUrl } from '../upstream/endpoints/endpoint-url.ts';
import { guardsConfig } from './route.ts';

export const bffConfig = z
  .strictObject({
    package: z
      .string()
      .min(1)
      .optional()
      .describe("The team's package: its default export is a defineBff(...). Or url, or upstream"),
    url: endpointUrl
      .optional()
      .describe('Where it runs as a process of its own: http://127.0.0.1:4020, or unix:/run/bff-web.sock'),
    upstream: name
      .optional()
      .describe('A name under upstreams: it runs there, and all of how it is called is said there'),
    process: processConfig
      .optional()
      .describe('Runs the package in a process of its own, which the gateway starts and watches over'),
    name: name
      .optional()
      .describe('What metrics, logs and operators call it; the words of its mount by default, as in web'),
    mount: z
      .string()
      .regex(
        /^\/[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/,
        'expected a path such as /mobile, without a slash at its end',
      )
      .describe('The path under which its screens and its GraphQL stand'),
    concurrency: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('Most requests of it at once; more are answered 503 at once, and nobody else is harmed'),
    openapi: bffOpenapiConfig.describe('The OpenAPI document of its REST face'),
    graphql: bffGraphqlConfig.describe('What its GraphQL takes and tells'),
    objective: objectiveConfig.optional().describe('What it promises, and so how much may go wrong'),
    ...guardsConfig,
  })
  .refine((bff) => [bff.package, bff.url, bff.upstream].filter((one) => one !== undefined).length === 1, {
    message: 'expected exactly one of package, url and upstream',
  })
  .refine(({ process, package: own }) => process === undefined || own !== undefined, {
    message: 'runs a package: expected package beside it',
    path: ['process'],
  });

export type BffConfig = z.output<typeof bffConfig>;

/** What metrics, logs and operators call a BFF. */
export function bffName({ name: given, mount }: Pick<BffConfig, 'name' | 'mount'>): string {
  return given ?? mount.slice(1).replaceAll('/', '-');
}

/** Whether it runs elsewhere than in the gateway's own process. */
export function runsApart({ package: own, process }: Pick<BffConfig, 'package' | 'process'>): boolean {
  return own === undefined || process !== undefined;
}
