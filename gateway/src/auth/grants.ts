/**
 * What a route asks of a caller beside who it is: scopes and roles, `all` of them or `any`. Several requirements (a
 * BFF's and its screen's) must all hold. A refusal names the scopes that would do, as RFC 6750 §3.1 asks.
 */
import { z } from 'zod';
import type { Identity } from '../core/identity.ts';

/** An empty `all` holds for everybody. */
export interface Grants {
  readonly require: 'all' | 'any';
  readonly names: readonly string[];
}

export interface RequiredGrants {
  /** Each of them must hold. */
  readonly scopes: readonly Grants[];
  readonly roles: readonly Grants[];
}

export const NOTHING_REQUIRED: RequiredGrants = { scopes: [], roles: [] };

/** Letters that may stand in a scope (RFC 6749 §3.3), and so in a challenge. */
const scopeName = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected a scope: no spaces, quotes or \\');
const roleName = z.string().min(1);

function grantsOf(name: z.ZodString, what: string) {
  const names = z.array(name);
  const some = names.min(1);
  const example = what === 'scopes' ? 'users:read' : 'admin';
  return z
    .union(
      [
        names.transform((all): Grants => ({ require: 'all', names: [...new Set(all)] })),
        z
          .strictObject({ all: some.describe('Each of them') })
          .transform(({ all }): Grants => ({ require: 'all', names: [...new Set(all)] })),
        z
          .strictObject({ any: some.describe('One of them') })
          .transform(({ any }): Grants => ({ require: 'any', names: [...new Set(any)] })),
      ],
      { error: `expected a list of ${what} such as [${example}], { all: […] } or { any: […] }` },
    )
    .prefault([])
    .describe(`The caller's ${what}: a list or { all } where it must have each, { any } where one will do`);
}

export const scopesConfig = grantsOf(scopeName, 'scopes');
export const rolesConfig = grantsOf(roleName, 'roles');

/** All of these; nothing where there are none. */
export function allOf(names: readonly string[]): readonly Grants[] {
  return names.length === 0 ? [] : [{ require: 'all', names }];
}

/** Both requirements: what must all be had is one list. */
export function join(first: readonly Grants[], second: readonly Grants[]): readonly Grants[] {
  const both = [...first, ...second].filter(({ names }) => names.length > 0);
  const all = new Set(both.flatMap((grants) => (grants.require === 'all' ? grants.names : [])));
  // One that is asked for anyway satisfies an `any` that has it.
  const any = both.filter(
    (grants) => grants.require === 'any' && !grants.names.some((name) => all.has(name)),
  );
  return [...allOf([...all]), ...any];
}

export function asksForNothing({ scopes, roles }: RequiredGrants): boolean {
  return scopes.length === 0 && roles.length === 0;
}

/** What of it somebody lacks, in words; `undefined` where nothing. */
export function lacking(required: readonly Grants[], has: (name: string) => boolean): string | undefined {
  for (let i = 0; i < required.length; i += 1) {
    const grants = required[i];
    if (!grants) continue;
    const { names, require } = grants;
    let held = 0;
    let missing = '';
    for (let n = 0; n < names.length; n += 1) {
      const name = names[n] ?? '';
      if (has(name)) held += 1;
      else if (missing === '') missing = name;
    }
    if (require === 'any' && held === 0 && names.length > 0) return `any of ${names.join(' ')}`;
    if (require === 'all' && held < names.length) return missing;
  }
  return undefined;
}

/**
 * Scopes with which a caller would pass, for a challenge: of those of which one will do, the first, for a client that asks
 * for more than it needs gets more than it should have.
 */
export function sufficientScopes(required: readonly Grants[]): string {
  const names = new Set(
    required.flatMap((grants) => (grants.require === 'all' ? grants.names : grants.names.slice(0, 1))),
  );
  return [...names].join(' ');
}

/** In words, for tables and explanations; empty for nothing. */
export function grantsText(required: readonly Grants[]): string {
  return required
    .map(({ require, names }) =>
      require === 'all' || names.length < 2 ? names.join(' ') : `(${names.join(' or ')})`,
    )
    .join(' ');
}

export function hasScope(identity: Identity): (name: string) => boolean {
  return (name) => identity.scopes.has(name);
}

export function hasRole(identity: Identity): (name: string) => boolean {
  return (name) => identity.roles.includes(name);
}
