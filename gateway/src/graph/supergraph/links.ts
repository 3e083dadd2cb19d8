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
  for (const link of linksOf(document)) {
    const feature = featureOf(stringOf(argument(link, 'url')) ?? '');
    if (feature !== specification && feature !== 'federation') continue;
    const namespace = stringOf(argument(link, 'as')) ?? feature;
    const imports = importsOf(argument(link, 'import'));
    for (const name of directives) {
      const known = names.get(name);
      known?.add(imports.get(name) ?? `${namespace}__${name}`);
      // The directive that bears its specification's name needs no prefix.
      if (name === feature && !imports.has(name)) known?.add(namespace);
    }
  }
  return names;
}

function* linksOf(document: DocumentNode): Generator<ConstDirectiveNode> {
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const directive of definition.directives ?? []) {
      if (directive.name.value === 'link') yield directive;
    }
  }
}

/** `https://specs.apollo.dev/cost/v0.1` → `cost`. */
function featureOf(url: string): string | undefined {
  const parts = url.split('/').filter((part) => part !== '');
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

function argument(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
}

function stringOf(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}
