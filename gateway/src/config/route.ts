/** One entry of `routes`: which requests it takes, who may ask, what answers. */
import { z } from 'zod';
import { durationMs, name, scopes, sizeBytes } from '../settings/settings.ts';
import { routeMatchConfig } from './provisional.ts';

const headerValues = z.record(z.string().min(1), z.string());

/** Who may ask, how much, and for how long: the same words on a route, on the graph and on a BFF. */
export const guardsConfig = {
  auth: z
    .union([z.literal('none'), z.array(name).min(1)])
    .optional()
    .describe('Schemes that may prove who asks; `none` for anonymous; every configured one where not set'),
  scopes: scopes.describe('Scopes that the caller must all have'),
  deadline: durationMs.optional().describe('Longest time to the head of the answer, all attempts together'),
};

const proxyTarget = z.strictObject({
  upstream: name.describe('A name under upstreams'),
  rewrite: z
    .string()
    .regex(/^\//, 'expected a path that begins with /')
    .optional()
    .describe('The path to ask for, with the :params and * of the match; the path as it came where not set'),
});

const fixedTarget = z.strictObject({
  fixed: z
    .strictObject({
      status: z.int().min(200).max(599).default(200),
      headers: headerValues.default({}),
      body: z.string().default(''),
    })
    .describe('An answer that is always the same'),
});

const graphTarget = z.strictObject({
  graph: z.literal(true).describe('The federated graph, at this path too'),
});

export const routeConfig = z.strictObject({
  match: routeMatchConfig,
  to: z.union([proxyTarget, fixedTarget, graphTarget]).describe('What answers'),
  ...guardsConfig,
  request: z
    .strictObject({ maxBody: sizeBytes.prefault('1MiB').describe('The largest request body') })
    .prefault({}),
  response: z
    .strictObject({
      strip: z
        .array(z.string().min(1))
        .default([])
        .describe('Names of JSON members that are taken out of answers, wherever they stand'),
    })
    .prefault({}),
});

export type RouteConfig = z.output<typeof routeConfig>;

export const bffConfig = z.strictObject({
  package: z.string().min(1).describe("The team's package: its default export is a defineBff(...)"),
  mount: z
    .string()
    .regex(
      /^\/[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/,
      'expected a path such as /mobile, without a slash at its end',
    )
    .describe('The path under which its screens and its GraphQL stand'),
  ...guardsConfig,
});
