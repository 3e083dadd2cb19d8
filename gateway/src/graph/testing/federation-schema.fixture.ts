/**
 * The schemas of a federation: what each subgraph executes, and the one that clients see, merged here by the
 * plain rules (union of fields, members and values; nothing inaccessible), independently of any planner.
 */
import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  Kind,
  type NamedTypeNode,
  type ObjectTypeDefinitionNode,
  parse,
  type TypeNode,
  type UnionTypeDefinitionNode,
  visit,
} from 'graphql';
import { directiveOf, isFielded, type SubgraphSpec, withoutDirectives } from './federation.fixture.ts';

/** A subgraph's own schema, with `_entities`. */
export function executableSchema(spec: SubgraphSpec): GraphQLSchema {
  const objects = spec.document.definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ? [definition.name.value] : [],
  );
  const entities = objects.filter((name) => spec.keys.has(name));
  const definitions: DefinitionNode[] = [...withoutDirectives(spec.document).definitions];
  if (!objects.includes('Query')) definitions.push(...parse('type Query { _empty: Int }').definitions);
  const extra =
    entities.length > 0
      ? `scalar _Any union _Entity = ${entities.join(' | ')}
         extend type Query { _entities(representations: [_Any!]!): [_Entity]! }`
      : '';
  if (extra) definitions.push(...parse(extra).definitions);
  return buildASTSchema(
    { kind: Kind.DOCUMENT, definitions: joinExtensions(definitions) },
    { assumeValid: true },
  );
}

/** `buildASTSchema` ignores extensions. */
function joinExtensions(definitions: readonly DefinitionNode[]): DefinitionNode[] {
  const extensions = definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_EXTENSION);
  return definitions.flatMap((definition): DefinitionNode[] => {
    if (definition.kind === Kind.OBJECT_TYPE_EXTENSION) return [];
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [definition];
    const more = extensions.filter(({ name }) => name.value === definition.name.value);
    return [
      {
        ...definition,
        fields: [...(definition.fields ?? []), ...more.flatMap(({ fields }) => fields ?? [])],
      },
    ];
  });
}

/** What clients see, as SDL without directives. */
export function mergedDocument(specs: readonly SubgraphSpec[]): DocumentNode {
  const merged = new Map<string, DefinitionNode>();
  for (const { document } of specs) {
    for (const definition of document.definitions) {
      if (!('name' in definition) || !definition.name) continue;
      const known = merged.get(definition.name.value);
      merged.set(definition.name.value, known ? mergeDefinitions(known, definition) : definition);
    }
  }
  addInterfaceObjectFields(merged, specs);
  const definitions = [...merged.values()].flatMap(accessible);
  return withoutDirectives({ kind: Kind.DOCUMENT, definitions });
}

export function mergedSchema(specs: readonly SubgraphSpec[]): GraphQLSchema {
  return buildASTSchema(mergedDocument(specs));
}

/** The same where any field may be null: it shows every error that there can be, not just the first of an object. */
export function lenientSchema(specs: readonly SubgraphSpec[]): GraphQLSchema {
  const nullable = (type: TypeNode): TypeNode => {
    if (type.kind === Kind.NON_NULL_TYPE) return nullable(type.type);
    return type.kind === Kind.LIST_TYPE ? { ...type, type: nullable(type.type) } : type;
  };
  return buildASTSchema(
    visit(mergedDocument(specs), {
      FieldDefinition: (field) => ({ ...field, type: nullable(field.type) }),
    }),
    { assumeValid: true },
  );
}

function mergeDefinitions(a: DefinitionNode, b: DefinitionNode): DefinitionNode {
  if (isFielded(a) && isFielded(b)) {
    // An interface object is, seen from outside, its interface.
    const base = b.kind === Kind.INTERFACE_TYPE_DEFINITION ? b : a;
    return {
      ...base,
      directives: [...(a.directives ?? []), ...(b.directives ?? [])],
      interfaces: mergeNamed(a.interfaces ?? [], b.interfaces ?? [], (one) => one),
      fields: mergeNamed(a.fields ?? [], b.fields ?? [], mergeFields),
    };
  }
  if (isUnion(a) && isUnion(b))
    return { ...a, types: mergeNamed(a.types ?? [], b.types ?? [], (one) => one) };
  if (a.kind === Kind.ENUM_TYPE_DEFINITION && b.kind === Kind.ENUM_TYPE_DEFINITION) {
    const values = mergeNamed(a.values ?? [], b.values ?? [], (one, other) => ({
      ...one,
      directives: [...(one.directives ?? []), ...(other.directives ?? [])],
    }));
    return { ...a, values };
  }
  return a;
}

function isUnion(definition: DefinitionNode): definition is UnionTypeDefinitionNode {
  return definition.kind === Kind.UNION_TYPE_DEFINITION;
}

/** Where one subgraph may answer null, clients must expect it. */
function mergeFields(a: FieldDefinitionNode, b: FieldDefinitionNode): FieldDefinitionNode {
  const type = a.type.kind === Kind.NON_NULL_TYPE ? b.type : a.type;
  return { ...a, type, directives: [...(a.directives ?? []), ...(b.directives ?? [])] };
}

function mergeNamed<T extends { readonly name: { readonly value: string } }>(
  a: readonly T[],
  b: readonly T[],
  join: (a: T, b: T) => T,
): T[] {
  const joined = new Map(a.map((item) => [item.name.value, item]));
  for (const item of b) {
    const known = joined.get(item.name.value);
    joined.set(item.name.value, known ? join(known, item) : item);
  }
  return [...joined.values()];
}

function addInterfaceObjectFields(merged: Map<string, DefinitionNode>, specs: readonly SubgraphSpec[]): void {
  for (const spec of specs) {
    for (const name of spec.interfaceObjects) {
      const given = merged.get(name);
      if (given?.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
      for (const [type, definition] of merged) {
        if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || !implementsOne(definition, name)) continue;
        const fields = mergeNamed(definition.fields ?? [], given.fields ?? [], (one) => one);
        merged.set(type, { ...definition, fields });
      }
    }
  }
}

function implementsOne(definition: ObjectTypeDefinitionNode, name: string): boolean {
  return definition.interfaces?.some((one: NamedTypeNode) => one.name.value === name) ?? false;
}

function accessible(definition: DefinitionNode): DefinitionNode[] {
  if (isFielded(definition)) {
    if (hidden(definition)) return [];
    return [{ ...definition, fields: (definition.fields ?? []).filter((field) => !hidden(field)) }];
  }
  if (definition.kind === Kind.ENUM_TYPE_DEFINITION)
    return [{ ...definition, values: (definition.values ?? []).filter((value) => !hidden(value)) }];
  return [definition];
}

function hidden(node: Parameters<typeof directiveOf>[0]): boolean {
  return directiveOf(node, 'inaccessible') !== undefined;
}
