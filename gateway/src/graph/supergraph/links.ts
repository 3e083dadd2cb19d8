/**
 * What `@link` says in a supergraph (link spec v1.0): which specification each directive comes from, and under what
 * name it is known here (plain, renamed by `import`, or behind a namespace).
 */
import { type ConstDirectiveNode, type ConstValueNode, type DocumentNode, Kind } from 'graphql';

/** The names that this document uses for a specification's directives: name there → names here, without `@`. */
export function directiveNames(
  document: DocumentNode,
  specification: string,
  directives: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>(directives.map((name) => [name, new Set()]));
  for (const { feature, namespace, imports } of linksOf(document)) {
    if (feature !== specification && feature !== 'federation') continue;
    for (const name of directives) {
      const known = names.get(name);
      known?.add(imports.get(name) ?? `${namespace}__${name}`);
      // The directive that bears its specification's name needs no prefix.
      if (name === feature && !imports.has(name)) known?.add(namespace);
    }
  }
  return names;
}

/** What one `@link` says. */
export interface Link {
  /** The specification's name: `cost` of `https://specs.apollo.dev/cost/v0.1`; the version may be missing. */
  readonly feature: string | undefined;
  /** What stands before `__` in names that are not imported. */
  readonly namespace: string;
  /** Imported directives: the name in the specification → the name here, both without `@`. */
  readonly imports: ReadonlyMap<string, string>;
}

/** Every `@link` on the schema definition and its extensions, in their order. */
export function linksOf(document: DocumentNode): Link[] {
  return [...linkDirectives(document)].map((link) => {
    const feature = featureOf(stringOf(argument(link, 'url')) ?? '');
    const namespace = stringOf(argument(link, 'as')) ?? feature ?? '';
    return { feature, namespace, imports: importsOf(argument(link, 'import')) };
  });
}

function* linkDirectives(document: DocumentNode): Generator<ConstDirectiveNode> {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const directive of definition.directives ?? []) {
      if (directive.name.value === 'link') yield directive;
    }
  }
}

function featureOf(url: string): string | undefined {
  const [path = ''] = url.split(/[?#]/, 1);
  const parts = path.split('/').filter((part) => part !== '');
  const last = parts.at(-1);
  return last !== undefined && /^v\d+\.\d+$/.test(last) ? parts.at(-2) : last;
}

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

/** The value of an argument, where it is given. */
export function argument(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
}

/** The text of a string literal; undefined for anything else. */
export function stringOf(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}
