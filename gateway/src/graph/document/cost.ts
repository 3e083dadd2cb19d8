/**
 * The static cost of an operation: what it may make the backends do, told before it runs. Each object costs its
 * weight (1 where `@cost` says nothing), scalars nothing, a list as many times its item as it may be long
 * (`@listSize`, a slicing argument, or an assumed size), a mutation's field ten more. After IBM's GraphQL
 * Cost Directives specification.
 */
import {
  type ConstDirectiveNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  valueFromASTUntyped,
} from 'graphql';
import { type DataObject, getOwn } from '../execute/data.ts';

/** The assumed length of a list of which nothing is known. */
export const ASSUMED_LIST_SIZE = 10;
const MUTATION_COST = 10;
const SLICING = ['first', 'last', 'limit'];

/** The cost of an operation whose conditions are resolved. Never less than 1, never more than 2⁵³ - 1. */
export function operationCost(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: DataObject,
): number {
  const root = schema.getRootType(operation.operation);
  if (!root) return 1;
  const perField = operation.operation === 'mutation' ? MUTATION_COST : 0;
  const cost = selectionCost(schema, root, operation.selectionSet.selections, variables, perField);
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(1, Math.ceil(cost)));
}

function selectionCost(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  selections: readonly SelectionNode[],
  variables: DataObject,
  perField: number,
): number {
  let cost = 0;
  const counted = new Set<string>();
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition && schema.getType(selection.typeCondition.name.value);
      cost += selectionCost(
        schema,
        condition ?? type,
        selection.selectionSet.selections,
        variables,
        perField,
      );
    } else if (selection.kind === Kind.FIELD && 'getFields' in type) {
      const definition = type.getFields()[selection.name.value];
      if (!definition || !('args' in definition)) continue;
      const key = selection.alias?.value ?? selection.name.value;
      // A key that stands twice is one field; what it selects the second time adds to it.
      const own = counted.has(key) ? 0 : perField;
      counted.add(key);
      cost += own + fieldCost(schema, definition, selection, variables);
    }
  }
  return cost;
}

function fieldCost(
  schema: GraphQLSchema,
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: DataObject,
): number {
  const named = getNamedType(definition.type);
  const weight = weightOf(definition.astNode?.directives) ?? weightOf(named.astNode?.directives);
  if (!isCompositeType(named)) return weight ?? 0;
  const each =
    (weight ?? 1) + selectionCost(schema, named, node.selectionSet?.selections ?? [], variables, 0);
  return each * listSize(definition, node, variables);
}

/** How many objects a field may bring. */
function listSize(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode | undefined,
  variables: DataObject,
): number {
  const depth = listDepth(definition.type);
  if (depth === 0) return 1;
  const settings = argumentsOf(definition.astNode?.directives, 'listSize');
  const slicing = settings?.slicingArguments;
  const names = Array.isArray(slicing) ? slicing : SLICING;
  let size: number | undefined;
  for (const name of names) {
    const value = typeof name === 'string' ? argumentValue(definition, node, name, variables) : undefined;
    if (typeof value === 'number' && Number.isFinite(value)) size = Math.max(size ?? 0, value);
  }
  const assumed = settings?.assumedSize;
  size ??= typeof assumed === 'number' ? assumed : ASSUMED_LIST_SIZE;
  return Math.max(0, size) * ASSUMED_LIST_SIZE ** (depth - 1);
}

function listDepth(type: GraphQLOutputType): number {
  const nullable = getNullableType(type);
  return isListType(nullable) ? 1 + listDepth(nullable.ofType) : 0;
}

function argumentValue(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode | undefined,
  name: string,
  variables: DataObject,
): unknown {
  const argument = definition.args.find((candidate) => candidate.name === name);
  if (!argument) return undefined;
  const given = node?.arguments?.find((candidate) => candidate.name.value === name)?.value;
  if (!given) return argument.defaultValue;
  if (given.kind === Kind.VARIABLE) return getOwn(variables, given.name.value) ?? argument.defaultValue;
  return valueFromASTUntyped(given);
}

function weightOf(directives: readonly ConstDirectiveNode[] | undefined): number | undefined {
  const weight = Number(argumentsOf(directives, 'cost')?.weight ?? Number.NaN);
  return Number.isFinite(weight) ? weight : undefined;
}

function argumentsOf(
  directives: readonly ConstDirectiveNode[] | undefined,
  name: string,
): Record<string, unknown> | undefined {
  const directive = directives?.find((candidate) => candidate.name.value === name);
  if (!directive) return undefined;
  const found: Record<string, unknown> = {};
  for (const argument of directive.arguments ?? [])
    found[argument.name.value] = valueFromASTUntyped(argument.value);
  return found;
}
