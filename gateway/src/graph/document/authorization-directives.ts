/**
 * Reads `@authenticated`, `@requiresScopes` and `@policy` in a supergraph under whatever names it gives them: plain,
 * renamed by `@link(import:)`, or behind a namespace (link spec v1.0, §2.2).
 */
import { type ConstDirectiveNode, type ConstValueNode, type DocumentNode, Kind } from 'graphql';
import { argument, type Link, linksOf, stringOf } from '../supergraph/links.ts';
import type { Requirement, RequirementTable } from './authorization-requirements.ts';

type Kinds = ReadonlyMap<string, Requirement['kind']>;

/** The directives by their names in the specifications; both those of their own and federation's define them. */
const DIRECTIVES: Kinds = new Map([
  ['authenticated', 'authenticated'],
  ['requiresScopes', 'scopes'],
  ['policy', 'policies'],
]);

/** What each directive name of this supergraph means. */
export function directiveKinds(document: DocumentNode): Kinds {
  const kinds = new Map<string, Requirement['kind']>();
  const foreign = new Set<string>();
  for (const link of linksOf(document)) readLink(link, kinds, foreign);
  // Without a word on where it comes from, a name is taken for what it says: leaving it out would open what it guards.
  for (const [name, kind] of DIRECTIVES) if (!kinds.has(name) && !foreign.has(name)) kinds.set(name, kind);
  return kinds;
}

function readLink(
  { feature, namespace, imports }: Link,
  kinds: Map<string, Requirement['kind']>,
  foreign: Set<string>,
): void {
  if (feature === undefined || (feature !== 'federation' && !DIRECTIVES.has(feature))) {
    for (const local of imports.values()) foreign.add(local);
    return;
  }
  for (const [name, kind] of DIRECTIVES) {
    if (feature !== 'federation' && feature !== name) continue;
    const imported = imports.get(name);
    if (imported !== undefined) kinds.set(imported, kind);
    if (name === feature) kinds.set(namespace, kind);
    kinds.set(`${namespace}__${name}`, kind);
  }
}

/** The numbers of what an element's directives ask for. */
export function requirementsOf(
  directives: readonly ConstDirectiveNode[] | undefined,
  kinds: Kinds,
  table: RequirementTable,
): number[] {
  const numbers: number[] = [];
  for (const directive of directives ?? []) {
    const kind = kinds.get(directive.name.value);
    if (kind === undefined) continue;
    const alternatives = kind === 'authenticated' ? [] : listsOf(argument(directive, kind));
    numbers.push(table.number(kind, alternatives));
  }
  return numbers;
}

/** `[["a", "b"], ["c"]]`; an item that stands alone counts as a list of one (GraphQL §3.11, input coercion). */
function listsOf(value: ConstValueNode | undefined): string[][] {
  return itemsOf(value).map((item) => itemsOf(item).flatMap((one) => stringOf(one) ?? []));
}

function itemsOf(value: ConstValueNode | undefined): readonly ConstValueNode[] {
  if (!value) return [];
  return value.kind === Kind.LIST ? value.values : [value];
}
