/** What a route takes: the `match` of a route's configuration. */
import { z } from 'zod';
import { parseHostPattern } from './host-pattern.ts';
import { PathPatternError, parsePathPattern } from './path-pattern.ts';
import type { RequestConditions } from './routing.ts';
import { requestConditionsShape } from './routing-config.ts';
import { regexFault } from './value-test.ts';

const MAX_PRIORITY = 1_000_000;

export interface RouteMatch extends RequestConditions {
  /** A pattern (`/users`, `/users/:id`, `/users/*`) or a regular expression for the whole path. */
  readonly path: string | { readonly regex: string };
  /** Names, or `*.name` for all below it; any host where there are none. */
  readonly hosts?: readonly string[] | undefined;
  /** Any method where there are none. GET takes HEAD too. */
  readonly methods?: readonly string[] | undefined;
  readonly scheme?: string | undefined;
  /** Any of these types, versions or tenants. */
  readonly clientType?: readonly string[] | undefined;
  readonly version?: readonly string[] | undefined;
  readonly tenant?: readonly string[] | { readonly present: true } | undefined;
  readonly priority?: number | undefined;
}

const pathPattern = z
  .string({ error: 'expected a path such as /users, /users/:id or /users/*, or { regex: … }' })
  .superRefine((text, context) => {
    try {
      parsePathPattern(text);
    } catch (error) {
      if (!(error instanceof PathPatternError)) throw error;
      context.addIssue({ code: 'custom', message: `the path "${text}" ${error.message}` });
    }
  });

const pathRegex = z.strictObject({
  regex: z
    .string()
    .superRefine((text, context) => {
      const fault = regexFault(text);
      if (fault !== undefined)
        context.addIssue({ code: 'custom', message: `the regular expression "${text}" ${fault}` });
    })
    .describe(
      'A regular expression that the whole path must match; no lookaround, no back references. Groups (?<name>…) are ' +
        'parameters of rewrites.',
    ),
});

/** One text or several, of which any will do. */
function anyOf(what: string) {
  const text = z
    .string({ error: `expected ${what} as text (in quotes, where it looks like a number)` })
    .min(1);
  return z.union([text.transform((one) => [one]), z.array(text).min(1)], {
    error: `expected ${what} as text (in quotes, where it looks like a number), or a list of such`,
  });
}

const hostPattern = z.string().transform((text, context) => {
  const host = parseHostPattern(text);
  if (host !== undefined) return host;
  context.addIssue({
    code: 'custom',
    message: `expected a host name such as api.example.com or *.example.com, without a port, not "${text}"`,
  });
  return z.NEVER;
});

export const routeMatchConfig = z.strictObject({
  path: z.union([pathPattern, pathRegex]).describe('/exact, /with/:param, /prefix/*, or { regex: … }.'),
  hosts: z.array(hostPattern).min(1).optional().describe('Host names, or *.name; any host by default.'),
  methods: z
    .array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']))
    .min(1)
    .optional()
    .describe('Methods; all by default. GET takes HEAD too.'),
  scheme: z
    .enum(['http', 'https'])
    .optional()
    .describe('How the client reached the gateway; both by default.'),
  ...requestConditionsShape,
  clientType: anyOf('a type of routing.clientTypes')
    .optional()
    .describe('Types of clients, by their names under routing.clientTypes.'),
  version: anyOf('an API version').optional().describe('API versions, as routing.versions reads them.'),
  tenant: z
    .union([
      anyOf('a tenant'),
      z.strictObject({ present: z.literal(true).describe('Any tenant, as long as there is one') }),
    ])
    .optional()
    .describe(
      'Tenants, as routing.tenant reads them, or { present: true } for any. The identity must be of the same one: 403.',
    ),
  priority: z
    .int()
    .min(-MAX_PRIORITY)
    .max(MAX_PRIORITY)
    .optional()
    .describe('Among routes whose paths rank alike, the higher is asked first; 0 by default.'),
});

export type RouteMatchConfig = z.output<typeof routeMatchConfig>;
