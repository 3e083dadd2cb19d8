/**
 * Reads `@authenticated`, `@requiresScopes` and `@policy` in a supergraph under whatever names it gives them: plain,
 * renamed by `@link(import:)`, or behind a namespace (link spec v1.0, §2.2).
 */
import { type ConstDirectiveNode, type ConstValueNode, type DocumentNode, Kind } from 'graphql';
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
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const directive of definition.directives ?? []) {
      if (directive.name.value === 'link') readLink(directive, kinds, foreign);
    }
  }
  // Without a word on where it comes from, a name is taken for what it says: leaving it out would open what it guards.
  for (const [name, kind] of DIRECTIVES) if (!kinds.has(name) && !foreign.has(name)) kinds.set(name, kind);
  return kinds;
}

function readLink(
  link: ConstDirectiveNode,
  kinds: Map<string, Requirement['kind']>,
  foreign: Set<string>,
): void {
  const url = stringOf(argument(link, 'url'));
  const feature = url === undefined ? undefined : featureOf(url);
  const imports = importsOf(argument(link, 'import'));
  if (feature === undefined || (feature !== 'federation' && !DIRECTIVES.has(feature))) {
    for (const local of imports.values()) foreign.add(local);
    return;
  }
  const namespace = stringOf(argument(link, 'as')) ?? feature;
  for (const [name, kind] of DIRECTIVES) {
    if (feature !== 'federation' && feature !== name) continue;
    const imported = imports.get(name);
    if (imported !== undefined) kinds.set(imported, kind);
    if (name === feature) kinds.set(namespace, kind);
    kinds.set(`${namespace}__${name}`, kind);
  }
}

/** `https://specs.apollo.dev/requiresScopes/v0.1` → `requiresScopes`; the version may be missing. */
function featureOf(url: string): string | undefined {
  const parts =
    url
      .split(/[?#]/, 1)[0]
      ?.split('/')
      .filter((part) => part !== '') ?? [];
  const last = parts.at(-1);
  return last !== undefined && /^v\d+\.\d+$/.test(last) ? parts.at(-2) : last;
}

/** Imported directives: the name in the specification → the name here, both without `@`. */
function importsOf(value: ConstValueNode | undefined): Map<string, string> {
  const imports = new Map<string, string>();
  if (value?.kind !== Kind.LIST) return imports;
  for (const item of value.values) {
    let name = stringOf(item);
    let local = name;
    if (item.kind === Kind.OBJECT) {
      const fields = new Map(item.fields.map((field) => [field.name.value, stringOf(field.value)]));
      name = fields.get('name');
      local = fields.get('as') ?? name;
    }
    if (name?.startsWith('@') && local?.startsWith('@')) imports.set(name.slice(1), local.slice(1));
  }
  return imports;
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

function argument(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((one) => one.name.value === name)?.value;
}

function stringOf(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}
