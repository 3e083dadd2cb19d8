/** What a route takes: the `match` of a route's configuration. */
import { z } from 'zod';
import { parseHostPattern } from './host-pattern.ts';
import { PathPatternError, parsePathPattern } from './path-pattern.ts';
import { compilePathRegex, PathRegexError } from './path-regex.ts';

export interface RouteMatch {
  /** A pattern (`/users`, `/users/:id`, `/users/*`) or a regular expression for the whole path. */
  readonly path: string | { readonly regex: string };
  /** Names, or `*.name` for all below it; any host where there are none. */
  readonly hosts?: readonly string[] | undefined;
  /** Any method where there are none. GET takes HEAD too. */
  readonly methods?: readonly string[] | undefined;
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
      try {
        compilePathRegex(text);
      } catch (error) {
        if (!(error instanceof PathRegexError)) throw error;
        context.addIssue({ code: 'custom', message: `the regular expression "${text}" ${error.message}` });
      }
    })
    .describe('A regular expression that the whole path must match; no lookaround, no back references.'),
});

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
});

export type RouteMatchConfig = z.output<typeof routeMatchConfig>;
