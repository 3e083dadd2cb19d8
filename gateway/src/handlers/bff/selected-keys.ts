/**
 * The fields that a selection asks of an object, by the key that they are answered under (GraphQL §6.3.2): fragments that
 * apply written out, `@skip` and `@include` decided.
 */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What selections are read with. */
export interface SelectionScope {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Coerced; only those that `@skip` and `@include` go by are looked at. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** In the order in which keys are first asked for. */
export type SelectedKeys = ReadonlyMap<string, readonly FieldNode[]>;

/** Throws where a condition can't be told. */
export function selectedKeys(
  scope: SelectionScope,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): SelectedKeys {
  const keys = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  for (const selectionSet of selectionSets) gather(scope, type, selectionSet, keys, spread);
  return keys;
}

/** What is selected below a field, wherever it is asked for. */
export function selectionsBelow(nodes: readonly FieldNode[]): readonly SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
}

function gather(
  scope: SelectionScope,
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  keys: Map<string, FieldNode[]>,
  spread: Set<string>,
): void {
  for (const selection of selections) {
    if (!isIncluded(scope, selection)) continue;
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value;
      const nodes = keys.get(key);
      if (nodes) nodes.push(selection);
      else keys.set(key, [selection]);
      continue;
    }
    const fragment = fragmentOf(scope, selection, spread);
    if (fragment && applies(scope, type, fragment)) gather(scope, type, fragment.selectionSet, keys, spread);
  }
}

/** `undefined` for one that was spread here before. */
function fragmentOf(
  { fragments }: SelectionScope,
  selection: Exclude<SelectionNode, FieldNode>,
  spread: Set<string>,
): InlineFragmentNode | FragmentDefinitionNode | undefined {
  if (selection.kind === Kind.INLINE_FRAGMENT) return selection;
  const name = selection.name.value;
  if (spread.has(name)) return undefined;
  spread.add(name);
  return fragments.get(name);
}

function applies(
  { schema }: SelectionScope,
  type: GraphQLObjectType,
  { typeCondition }: InlineFragmentNode | FragmentDefinitionNode,
): boolean {
  if (!typeCondition) return true;
  const condition = schema.getType(typeCondition.name.value);
  return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
}

function isIncluded({ variables }: SelectionScope, node: SelectionNode): boolean {
  if (!node.directives || node.directives.length === 0) return true;
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
  );
}
