/**
 * One operation as it runs for one set of answers to its `@skip` and `@include` conditions: directives
 * resolved, fragments in place of their spreads. So plans and compiled code know no conditions, planners see
 * the simplest document there is, and each combination that is really asked for is kept on its own.
 */
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'graphql';
import type { DataObject } from '../execute/data.ts';
import { getOwn } from '../execute/data.ts';
import type { SeparateKeys } from './separate-keys.ts';

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

export function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

/** The variables that decide on `@skip` and `@include`, in the order of their first use. */
export function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      if (directive.name.value !== 'skip' && directive.name.value !== 'include') return;
      const value = directive.arguments?.[0]?.value;
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

/** What keeps the `@defer`s of an operation that is resolved (`defer.ts`). */
export interface DeferredFragments {
  /** The directives of an inline fragment or spread that stay. */
  mark(directives: readonly DirectiveNode[] | undefined): readonly DirectiveNode[];
  /** Whether a named fragment holds a `@defer`. */
  isIn(fragment: string): boolean;
}

const NO_DIRECTIVES: readonly DirectiveNode[] = [];

/**
 * Resolves an operation's conditions with these (coerced) variables. The result has no spreads, and no directives but
 * what `defers` keeps.
 */
export function resolveOperation(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  variables: DataObject,
  defers?: DeferredFragments,
): OperationDefinitionNode {
  // A fragment resolves to one list of nodes however often it is spread: later stages know it by identity.
  const spread = new Map<string, SelectionNode[]>();
  const resolveFragment = (name: string, fragment: FragmentDefinitionNode): SelectionNode[] => {
    let selections = defers?.isIn(name) ? undefined : spread.get(name);
    if (!selections) {
      selections = resolve(fragment.selectionSet);
      spread.set(name, selections);
    }
    return selections;
  };
  const resolve = (set: SelectionSetNode): SelectionNode[] => {
    const kept: SelectionNode[] = [];
    for (const selection of set.selections) {
      if (!isIncluded(selection.directives ?? [], variables)) continue;
      if (selection.kind === Kind.FIELD) {
        kept.push(resolveField(selection));
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (!fragment) continue;
      const directives = defers?.mark(selection.directives) ?? NO_DIRECTIVES;
      const selections =
        fragment.kind === Kind.INLINE_FRAGMENT
          ? resolve(fragment.selectionSet)
          : resolveFragment(fragment.name.value, fragment);
      if (selections.length === 0) continue;
      const { typeCondition } = fragment;
      kept.push({
        kind: Kind.INLINE_FRAGMENT,
        ...(typeCondition && { typeCondition }),
        ...(directives.length > 0 && { directives }),
        selectionSet: { kind: Kind.SELECTION_SET, selections },
      });
    }
    return kept;
  };
  const resolveField = ({ selectionSet, directives: _, ...field }: FieldNode): FieldNode =>
    selectionSet
      ? { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections: resolve(selectionSet) } }
      : field;
  const { directives: _, ...rest } = operation;
  return { ...rest, selectionSet: { kind: Kind.SELECTION_SET, selections: resolve(operation.selectionSet) } };
}

/** GraphQL §3.13: a selection counts unless `@skip` says true or `@include` says false. */
function isIncluded(directives: readonly DirectiveNode[], variables: DataObject): boolean {
  for (const directive of directives) {
    const name = directive.name.value;
    if (name !== 'skip' && name !== 'include') continue;
    const value = directive.arguments?.[0]?.value;
    if (value && isTrue(value, variables) === (name === 'skip')) return false;
  }
  return true;
}

function isTrue(value: ValueNode, variables: DataObject): boolean {
  if (value.kind === Kind.BOOLEAN) return value.value;
  return value.kind === Kind.VARIABLE && getOwn(variables, value.name.value) === true;
}

/** A field that graphql-js answers for us: introspection. `__typename` at the root needs no asking at all. */
function isLocal(field: FieldNode, atRoot: boolean): boolean {
  const name = field.name.value;
  return atRoot && (name === '__schema' || name === '__type' || name === '__typename');
}

/**
 * What a planner gets of a resolved operation: no introspection, no `__typename` at the root, no definitions of
 * variables that are not used any more. `undefined` where nothing is left to plan.
 */
export function plannerDocument(
  operation: OperationDefinitionNode,
  fieldNames: ReadonlySet<string>,
  separate?: SeparateKeys,
): string | undefined {
  const selections = remote(operation.selectionSet.selections, { fieldNames, separate }, true);
  if (selections.length === 0) return undefined;
  const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections };
  const used = new Set<string>();
  visit(selectionSet, { Variable: (variable) => void used.add(variable.name.value) });
  const variableDefinitions = (operation.variableDefinitions ?? [])
    .filter((definition) => used.has(definition.variable.name.value))
    .map(({ directives: _, ...definition }) => definition);
  return print({ ...operation, variableDefinitions, selectionSet });
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** How fields are called in the data. */
interface SourceKeys {
  readonly fieldNames: ReadonlySet<string>;
  readonly separate: SeparateKeys | undefined;
}

function remote(selections: readonly SelectionNode[], keys: SourceKeys, atRoot: boolean): SelectionNode[] {
  const kept: SelectionNode[] = [];
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (isLocal(selection, atRoot)) continue;
      const field = withSourceKey(selection, keys);
      if (!field.selectionSet) {
        kept.push(field);
        continue;
      }
      const below = remote(field.selectionSet.selections, keys, false);
      // All its fields were skipped: the answer is an empty object, but only asking tells whether it is null.
      const selectionSet = selectionSetOf(below.length > 0 ? below : [TYPENAME]);
      kept.push({ ...field, selectionSet });
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const below = remote(selection.selectionSet.selections, keys, atRoot);
      if (below.length > 0) kept.push({ ...selection, selectionSet: selectionSetOf(below) });
    }
  }
  return kept;
}

function selectionSetOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}

function withSourceKey(field: FieldNode, { fieldNames, separate }: SourceKeys): FieldNode {
  const name = field.name.value;
  if (name === '__typename') return TYPENAME;
  const key = field.alias?.value ?? name;
  const source = sourceKey(key, name, fieldNames, separate?.of(field));
  return source === key ? field : { ...field, alias: { kind: Kind.NAME, value: source } };
}

/**
 * Planners add fields of their own: keys, requirements and types under their plain names, others under aliases that
 * begin with `_internal_`. So a client's alias that is either gets another name on the way to the subgraphs.
 */
const ALIAS_PREFIX = '_internal_fd_';
const RESERVED_PREFIX = '_internal_';

/** Where in the data a field stands that the client calls `key`. `meaning`: see `SeparateKeys`. */
export function sourceKey(
  key: string,
  fieldName: string,
  fieldNames: ReadonlySet<string>,
  meaning?: number,
): string {
  if (fieldName === '__typename') return '__typename';
  if (meaning !== undefined) return `${ALIAS_PREFIX}${meaning}_${key}`;
  if (key === fieldName) return key;
  const taken = key === '__typename' || fieldNames.has(key) || key.startsWith(RESERVED_PREFIX);
  return taken ? ALIAS_PREFIX + key : key;
}

/** What the client calls the field that stands at `source` in the data. (No name begins with a digit.) */
export function clientKey(source: string): string {
  return source.startsWith(ALIAS_PREFIX) ? source.slice(ALIAS_PREFIX.length).replace(/^\d+_/, '') : source;
}

/** Fields by response key, each in the order of its first place (GraphQL §6.3.2); these fragments are followed. */
export function groupByKey(
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
): ReadonlyMap<string, readonly FieldNode[]> {
  const grouped = new Map<string, FieldNode[]>();
  const collect = (selections: readonly SelectionNode[]): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const group = grouped.get(key);
        if (group) group.push(selection);
        else grouped.set(key, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet.selections);
      } else {
        collect(fragments.get(selection.name.value)?.selectionSet.selections ?? []);
      }
    }
  };
  for (const set of sets) collect(set.selections);
  return grouped;
}

const NO_FRAGMENTS: Fragments = new Map();

/** A (resolved) operation's root fields, each as an operation of its own; fields of one key stay together. */
export function splitRootFields(operation: OperationDefinitionNode): OperationDefinitionNode[] {
  const grouped = groupByKey([operation.selectionSet], NO_FRAGMENTS);
  return [...grouped.values()].map((fields) => ({ ...operation, selectionSet: selectionSetOf(fields) }));
}

/** The operation's introspection fields alone, as a document for graphql-js; `undefined` where it has none. */
export function introspectionDocument(operation: OperationDefinitionNode): DocumentNode | undefined {
  const selections = local(operation.selectionSet.selections);
  if (selections.length === 0) return undefined;
  return {
    kind: Kind.DOCUMENT,
    definitions: [{ ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } }],
  };
}

function local(selections: readonly SelectionNode[]): SelectionNode[] {
  return selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) {
      return isLocal(selection, true) && selection.name.value !== '__typename' ? [selection] : [];
    }
    return selection.kind === Kind.INLINE_FRAGMENT ? local(selection.selectionSet.selections) : [];
  });
}
