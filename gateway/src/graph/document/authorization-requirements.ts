/**
 * What a directive asks of a caller, as a value. `@requiresScopes(scopes: [["a", "b"], ["c"]])` and `@policy` are an OR
 * of ANDs (Federation 2.5 and 2.6); several directives on one element, and an element's own and its type's, must all hold.
 * Equal requirements are one, known by a small number.
 */
import type { Identity } from '../../core/identity.ts';
import type { PolicyConfig } from './authorization-config.ts';

/** An OR of ANDs of names, in canonical order. An empty one is never satisfied, an empty AND always. */
export type Alternatives = readonly (readonly string[])[];

export interface Requirement {
  readonly kind: 'authenticated' | 'scopes' | 'policies';
  readonly alternatives: Alternatives;
}

/** The requirements of one supergraph, each once; its index is its number. */
export class RequirementTable {
  readonly #list: Requirement[] = [];
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#list.length;
  }

  number(kind: Requirement['kind'], alternatives: Alternatives): number {
    const canonical = canonicalOf(alternatives);
    const key = JSON.stringify([kind, canonical]);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#list.length;
      this.#numbers.set(key, number);
      this.#list.push({ kind, alternatives: canonical });
    }
    return number;
  }

  get(number: number): Requirement | undefined {
    return this.#list[number];
  }

  /** The names of all policies that these ask for; by default, that any asks for. */
  policyNames(numbers: Iterable<number> = this.#list.keys()): Set<string> {
    const names = new Set<string>();
    for (const number of numbers) {
      const asked = this.#list[number];
      if (asked?.kind !== 'policies') continue;
      for (const all of asked.alternatives) for (const name of all) names.add(name);
    }
    return names;
  }
}

function canonicalOf(alternatives: Alternatives): Alternatives {
  const sorted = alternatives.map((all) => [...new Set(all)].sort());
  const keys = new Map(sorted.map((all) => [JSON.stringify(all), all]));
  return [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, all]) => all);
}

const NONE_HELD: ReadonlySet<string> = new Set();

/** `held`: names of policies that are answered elsewhere, and hold. */
export function isSatisfied(
  { kind, alternatives }: Requirement,
  identity: Identity | undefined,
  policies: Readonly<Record<string, PolicyConfig>>,
  held: ReadonlySet<string> = NONE_HELD,
): boolean {
  if (kind === 'authenticated') return identity !== undefined;
  if (kind === 'scopes') {
    const held = identity?.scopes;
    return alternatives.some((all) => all.every((scope) => held?.has(scope) === true));
  }
  return alternatives.some((all) =>
    all.every((name) => {
      if (held.has(name)) return true;
      const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
      return policy !== undefined && holds(policy, identity);
    }),
  );
}

function holds(policy: PolicyConfig, identity: Identity | undefined): boolean {
  if (!identity) {
    const { authenticated, scopes, roles, claims } = policy;
    return !authenticated && scopes.length === 0 && roles.length === 0 && Object.keys(claims).length === 0;
  }
  if (!policy.scopes.every((scope) => identity.scopes.has(scope))) return false;
  if (policy.roles.length > 0 && !policy.roles.some((role) => identity.roles.includes(role))) return false;
  return Object.entries(policy.claims).every(([claim, allowed]) => {
    const value: unknown = Object.hasOwn(identity.claims, claim) ? identity.claims[claim] : undefined;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return allowed.some((one) => values.includes(one));
  });
}

/** Products of more alternatives than this are not worked out. */
const MAX_PRODUCT = 4096;

/** Whether whoever satisfies all of `given` satisfies `wanted`; false where that would take too long to say. */
export function isImplied(wanted: Requirement, given: readonly Requirement[]): boolean {
  const same = given.filter(({ kind }) => kind === wanted.kind);
  if (wanted.kind === 'authenticated') return same.length > 0;
  let product: readonly (readonly string[])[] = [[]];
  for (const { alternatives } of same) {
    if (product.length * alternatives.length > MAX_PRODUCT) return false;
    product = product.flatMap((all) => alternatives.map((more) => [...all, ...more]));
  }
  return product.every((all) => wanted.alternatives.some((one) => one.every((name) => all.includes(name))));
}
