/**
 * What a selection of a GraphQL operation answers with (GraphQL §6.3): the fields by their response names, exactly as
 * nullable as the schema says; of an interface or union one alternative for each shape, told apart by `__typename`
 * where it is selected.
 */
import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { GraphqlTypes } from './graphql-types.ts';
import { listOf, type Member, objectType, quoted, union } from './ts-text.ts';

/** The selections of one response name, of one object type. */
interface Selected {
  readonly nodes: FieldNode[];
  /** Whether each stands under a condition, so that it may be left out. */
  isConditional: boolean;
}

export class SelectionTypes {
  readonly #schema: GraphQLSchema;
  readonly #types: GraphqlTypes;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(
    schema: GraphQLSchema,
    types: GraphqlTypes,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {
    this.#schema = schema;
    this.#types = types;
    this.#fragments = fragments;
  }

  /** The type of what selections of a composite type answer with. */
  selection(type: GraphQLCompositeType, sets: readonly SelectionSetNode[], indent = ''): string {
    const possible: readonly GraphQLObjectType[] = isObjectType(type)
      ? [type]
      : this.#schema.getPossibleTypes(type);
    // Object types of which the same is selected are one alternative.
    const shapes = new Map<string, GraphQLObjectType[]>();
    for (const object of possible) {
      const text = this.#object(object, sets, indent, '__typename');
      const same = shapes.get(text);
      if (same) same.push(object);
      else shapes.set(text, [object]);
    }
    return union(
      [...shapes.values()].map(([first, ...rest]) =>
        first
          ? this.#object(first, sets, indent, union([first, ...rest].map(({ name }) => quoted(name))))
          : 'never',
      ),
    );
  }

  /** `typename`: the type of a selected `__typename`. */
  #object(
    type: GraphQLObjectType,
    sets: readonly SelectionSetNode[],
    indent: string,
    typename: string,
  ): string {
    const selected = new Map<string, Selected>();
    for (const set of sets) this.#collect(type, set, false, selected);
    const members: Member[] = [];
    for (const [name, { nodes, isConditional }] of selected) {
      const field = nodes[0]?.name.value ?? '';
      const definition = type.getFields()[field];
      const memberType =
        field === '__typename'
          ? typename
          : definition
            ? this.#output(definition.type, nodes, `${indent}  `)
            : this.#meta(field);
      members.push({ name, type: memberType, optional: isConditional, description: definition?.description });
    }
    return members.length === 0 ? 'Readonly<Record<string, never>>' : objectType(members, indent);
  }

  /** `__schema` and `__type`, which no screen shows. */
  #meta(_field: string): string {
    return 'unknown';
  }

  #collect(
    type: GraphQLObjectType,
    set: SelectionSetNode,
    isConditional: boolean,
    into: Map<string, Selected>,
  ): void {
    for (const selection of set.selections) {
      const mayBeOut = isConditional || hasCondition(selection.directives);
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const found = into.get(name);
        if (found) {
          found.nodes.push(selection);
          found.isConditional &&= mayBeOut;
        } else into.set(name, { nodes: [selection], isConditional: mayBeOut });
        continue;
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
      if (!fragment || !this.#applies(fragment.typeCondition?.name.value, type)) continue;
      this.#collect(type, fragment.selectionSet, mayBeOut, into);
    }
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const named = this.#schema.getType(condition);
    return isAbstractType(named) && this.#schema.isSubType(named, type);
  }

  #output(type: GraphQLOutputType, nodes: readonly FieldNode[], indent: string): string {
    if (!isNonNullType(type)) return union([this.#given(type, nodes, indent), 'null']);
    return this.#given(type.ofType, nodes, indent);
  }

  #given(type: GraphQLOutputType, nodes: readonly FieldNode[], indent: string): string {
    if (isNonNullType(type)) return this.#given(type.ofType, nodes, indent);
    if (isListType(type)) return listOf(this.#output(type.ofType, nodes, indent));
    if (!isCompositeType(type)) return this.#types.leaf(type);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return this.selection(type, sets, indent);
  }
}

/** `@skip` and `@include`; what is deferred comes all the same. */
function hasCondition(directives: readonly DirectiveNode[] | undefined): boolean {
  return directives?.some(({ name }) => name.value === 'skip' || name.value === 'include') ?? false;
}
