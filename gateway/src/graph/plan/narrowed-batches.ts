/**
 * Fields of an interface object that the client selects for some of its types alone (`... on Bond { yield }`). The
 * subgraph does not know those types, so planners ask it for the field of every object; where it may not be null, the
 * others are lost with a value that nobody wanted. Such a batch of entities is asked for in two of one request: with the
 * field for the types that want it and for objects whose type is not known yet, without it for the rest.
 *
 * Only what is plainly unwanted is left out: a key that the client selects for these types alone wherever it stands,
 * that no fetch requires, without variables and fragments of its own.
 */
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parseType,
  print,
  type SelectionNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import {
  type EntitiesNode,
  type EntityBatch,
  fetchesOf,
  type PlanNode,
  type RequiredSelection,
} from './plan.ts';
import { type ReadOperation, readOperation } from './plan-documents.ts';
import type { PlanTypes } from './plan-types.ts';

const ALIAS = '_entities';
const OTHERS = '_others';
const OTHERS_VARIABLE = 'others';

/** The plan of a client's `document`, each batch of it no wider than it must be. */
export function withNarrowedBatches(
  document: string,
  plan: PlanNode | undefined,
  types: PlanTypes,
): PlanNode | undefined {
  const client = plan && readOperation(document);
  if (!client) return plan;
  const wanted = wantedTypes(client, types);
  if (wanted.size === 0) return plan;
  const required = new Set<string>();
  for (const fetch of fetchesOf(plan)) {
    if (fetch.kind !== 'entities') continue;
    for (const { requires } of fetch.batches) addNames(requires, required);
  }
  for (const name of required) wanted.delete(name);
  return wanted.size === 0 ? plan : mapped(plan, (node) => narrowed(node, wanted, types));
}

type Wanted = ReadonlyMap<string, ReadonlySet<string>>;

/** By response key: the object types for which a client selects it, where it does so for no other. */
function wantedTypes(client: ReadOperation, types: PlanTypes): Map<string, Set<string>> {
  const objects = new Set(types.objects());
  const wanted = new Map<string, Set<string>>();
  const anywhere = new Set<string>();
  const read = (selections: readonly SelectionNode[], condition: string | undefined): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        read(selection.selectionSet.selections, selection.typeCondition?.name.value ?? condition);
        continue;
      }
      const key = selection.alias?.value ?? selection.name.value;
      if (condition !== undefined && objects.has(condition)) {
        wanted.set(key, (wanted.get(key) ?? new Set()).add(condition));
      } else anywhere.add(key);
      if (selection.selectionSet) read(selection.selectionSet.selections, undefined);
    }
  };
  read(client.operation.selectionSet.selections, undefined);
  for (const { selectionSet, typeCondition } of client.fragments.values())
    read(selectionSet.selections, typeCondition.name.value);
  for (const key of anywhere) wanted.delete(key);
  return wanted;
}

function addNames(selections: readonly RequiredSelection[], names: Set<string>): void {
  for (const selection of selections) {
    if (selection.kind === 'field') names.add(selection.name).add(selection.as);
    addNames(selection.selections, names);
  }
}

function mapped(node: PlanNode, change: (node: EntitiesNode) => EntitiesNode): PlanNode {
  const below = (child: PlanNode | undefined) => child && mapped(child, change);
  switch (node.kind) {
    case 'entities':
      return change(node);
    case 'fetch':
      return node;
    case 'sequence':
    case 'parallel':
      return { ...node, nodes: node.nodes.map((child) => mapped(child, change)) };
    case 'condition':
      return { ...node, ifTrue: below(node.ifTrue), ifFalse: below(node.ifFalse) };
    case 'subscription':
      return { ...node, rest: below(node.rest) };
    case 'defer':
      return {
        ...node,
        primary: below(node.primary),
        deferred: node.deferred.map((part) => ({ ...part, node: below(part.node) })),
      };
  }
}

function narrowed(node: EntitiesNode, wanted: Wanted, types: PlanTypes): EntitiesNode {
  const [batch, ...more] = node.batches;
  const read = readOperation(node.operation);
  const entities = read?.operation.selectionSet.selections;
  const [field, ...beside] = entities ?? [];
  if (!batch || !read || more.length > 0 || beside.length > 0 || field?.kind !== Kind.FIELD) return node;
  if (batch.contexts || batch.outputRewrites.length > 0 || batch.alias !== ALIAS || field.alias) return node;
  const wide = wideFields(field, wanted, types);
  const [first] = wide.values();
  if (!first) return node;
  const others = first.others.filter((type) => [...wide.values()].every((one) => one.others.includes(type)));
  const rest = without(field, new Set(wide.keys()));
  if (others.length === 0) return node;
  const some: EntityBatch = { ...batch, notOf: others };
  if (!rest) return { ...node, batches: [some] };
  const left: EntityBatch = { ...batch, alias: OTHERS, variable: OTHERS_VARIABLE, of: others };
  return { ...node, operation: joined(read, field, rest, batch.variable), batches: [some, left] };
}

/** The fields that are asked for of all types of an interface, that may not be null, and the types that do not want them. */
function wideFields(
  { selectionSet }: FieldNode,
  wanted: Wanted,
  types: PlanTypes,
): Map<FieldNode, { readonly others: readonly string[] }> {
  const found = new Map<FieldNode, { others: readonly string[] }>();
  for (const fragment of selectionSet?.selections ?? []) {
    const condition = fragment.kind === Kind.INLINE_FRAGMENT && fragment.typeCondition?.name.value;
    if (fragment.kind !== Kind.INLINE_FRAGMENT || !condition) continue;
    const members = types.objects().filter((type) => types.holds(type, condition));
    if (members.includes(condition)) continue;
    for (const field of fragment.selectionSet.selections) {
      if (field.kind !== Kind.FIELD || !isPlain(field)) continue;
      const those = wanted.get(field.alias?.value ?? field.name.value);
      const others = members.filter((type) => those && !those.has(type));
      if (others.some((type) => isNonNull(types.fieldType(type, field.name.value)))) {
        found.set(field, { others });
      }
    }
  }
  return found;
}

function isNonNull(type: string | undefined): boolean {
  return type !== undefined && parseType(type, { noLocation: true }).kind === Kind.NON_NULL_TYPE;
}

/** Whether nothing else of its document is there for its sake. */
function isPlain(field: FieldNode): boolean {
  let plain = true;
  const seen = (): void => {
    plain = false;
  };
  visit(field, { Variable: seen, FragmentSpread: seen });
  return plain;
}

/** The field without these below it; `undefined` where nothing is left to ask. */
function without(entities: FieldNode, dropped: ReadonlySet<FieldNode>): FieldNode | undefined {
  const selections = (entities.selectionSet?.selections ?? []).flatMap((fragment): SelectionNode[] => {
    if (fragment.kind !== Kind.INLINE_FRAGMENT) return [fragment];
    const left = fragment.selectionSet.selections.filter(
      (one) => one.kind !== Kind.FIELD || !dropped.has(one),
    );
    if (left.length === 0) return [];
    return [{ ...fragment, selectionSet: { kind: Kind.SELECTION_SET, selections: left } }];
  });
  if (selections.length === 0) return undefined;
  return { ...entities, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

/** The document that asks for both. */
function joined(read: ReadOperation, field: FieldNode, rest: FieldNode, variable: string): string {
  const renamed: FieldNode = visit(
    { ...rest, alias: { kind: Kind.NAME, value: OTHERS } },
    {
      Variable: (node) =>
        node.name.value === variable
          ? { ...node, name: { ...node.name, value: OTHERS_VARIABLE } }
          : undefined,
    },
  );
  const definitions = read.operation.variableDefinitions ?? [];
  const more = definitions.flatMap((definition): VariableDefinitionNode[] =>
    definition.variable.name.value === variable
      ? [
          {
            ...definition,
            variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: OTHERS_VARIABLE } },
          },
        ]
      : [],
  );
  const operation: OperationDefinitionNode = {
    ...read.operation,
    variableDefinitions: [...definitions, ...more],
    selectionSet: { kind: Kind.SELECTION_SET, selections: [field, renamed] },
  };
  const document: DocumentNode = {
    ...read.document,
    definitions: read.document.definitions.map((part) => (part === read.operation ? operation : part)),
  };
  return print(document);
}
