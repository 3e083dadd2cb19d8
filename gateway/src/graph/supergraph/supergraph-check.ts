/**
 * Checks a supergraph before the native planner sees it: on input that no composition makes, that planner does not
 * fail but abort the whole process (measured: a missing root type, an unknown type, a key or requirement that
 * cannot be parsed or names an unknown field). A configuration must never be able to do that.
 */
import {
  buildASTSchema,
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';

/** Throws with what is wrong: a type that is not there, a field set that leads nowhere. */
export function checkSupergraph(document: DocumentNode): void {
  // Validates the SDL: types, directives and arguments that are used exist.
  const schema = buildASTSchema(document);
  if (!schema.getQueryType()) throw new Error('it has no query type');
  for (const definition of document.definitions) {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    ) {
      continue;
    }
    const type = schema.getType(definition.name.value);
    checkFieldSets(schema, type, definition.directives, 'join__type', 'key');
    for (const field of definition.fields ?? []) {
      const fields = type && 'getFields' in type ? type.getFields() : {};
      const fieldType = Object.hasOwn(fields, field.name.value) ? fields[field.name.value]?.type : undefined;
      checkFieldSets(schema, type, field.directives, 'join__field', 'requires');
      checkFieldSets(
        schema,
        fieldType && getNamedType(fieldType),
        field.directives,
        'join__field',
        'provides',
      );
    }
  }
}

function checkFieldSets(
  schema: GraphQLSchema,
  type: GraphQLNamedType | undefined,
  directives: readonly ConstDirectiveNode[] | undefined,
  directive: string,
  argument: string,
): void {
  for (const node of directives ?? []) {
    if (node.name.value !== directive) continue;
    const value = node.arguments?.find(({ name }) => name.value === argument)?.value;
    if (value?.kind !== Kind.STRING) continue;
    const [definition, ...more] = parse(`{${value.value}}`, { noLocation: true }).definitions;
    if (definition?.kind !== Kind.OPERATION_DEFINITION || more.length > 0) {
      throw new Error(`"${value.value}" is no set of fields`);
    }
    checkSelection(schema, type, definition.selectionSet);
  }
}

function checkSelection(
  schema: GraphQLSchema,
  type: GraphQLNamedType | undefined,
  { selections }: SelectionSetNode,
): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new Error('a set of fields spreads a named fragment');
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const name = selection.typeCondition?.name.value;
      const condition = name === undefined ? type : schema.getType(name);
      if (!condition) throw new Error(`a set of fields names the unknown type ${name}`);
      checkSelection(schema, condition, selection.selectionSet);
      continue;
    }
    const name = selection.name.value;
    if (name === '__typename') continue;
    const fields = type && 'getFields' in type ? type.getFields() : {};
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field)
      throw new Error(`a set of fields names ${type?.name ?? 'nothing'}.${name}, which does not exist`);
    if (selection.selectionSet) checkSelection(schema, getNamedType(field.type), selection.selectionSet);
  }
}
