/**
 * A route's `auth`: a list of schemes of which one must hold (`any` says the same), `all` where each of them must, or
 * `none`. `anonymous` in a list of the first kind makes credentials optional.
 */
import { z } from 'zod';

/** The schemes by which a request may prove who asks, in the order in which they are tried where a route names none. */
export const SCHEME_NAMES = ['jwt', 'introspection', 'apiKey', 'mtls', 'basic', 'session'] as const;

export type SchemeName = (typeof SCHEME_NAMES)[number];

export interface RouteAuth {
  readonly require: 'any' | 'all';
  /** In the order of the configuration: the first that holds gives the identity. */
  readonly schemes: readonly SchemeName[];
  /** Whether a request without credentials passes. */
  readonly anonymous: boolean;
}

export const NOBODY_ASKED: RouteAuth = { require: 'any', schemes: [], anonymous: true };

const scheme = z.enum(SCHEME_NAMES);
const optional = z.array(z.enum([...SCHEME_NAMES, 'anonymous'])).min(1);

/** Any of these schemes. */
export function anyOf(listed: readonly (SchemeName | 'anonymous')[]): RouteAuth {
  const schemes = listed.filter((name) => name !== 'anonymous');
  return { require: 'any', schemes, anonymous: schemes.length < listed.length };
}

export const routeAuthConfig = z.union(
  [
    z.literal('none').transform(() => NOBODY_ASKED),
    optional.transform(anyOf),
    z.strictObject({ any: optional.describe('One of them must hold') }).transform(({ any }) => anyOf(any)),
    z
      .strictObject({ all: z.array(scheme).min(1).describe('Each of them must hold') })
      .transform(({ all }): RouteAuth => ({ require: 'all', schemes: all, anonymous: false })),
  ],
  { error: 'expected none, a list of schemes such as [jwt, apiKey], or { all: [mtls, jwt] }' },
);
