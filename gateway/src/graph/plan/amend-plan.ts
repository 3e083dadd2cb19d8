/** A plan whose fetches ask for more than the planner said. */
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  visit,
} from 'graphql';
import type { EntitiesNode, FetchNode, PlanNode } from './plan.ts';
import type { ReadOperation } from './plan-documents.ts';

/** What is added to the document of one fetch: to these lists of its selections, these. */
export interface Amendment {
  readonly read: ReadOperation;
  readonly added: Map<readonly SelectionNode[], SelectionNode[]>;
}

export type Amendments = ReadonlyMap<FetchNode | EntitiesNode, Amendment>;

/** Variables of the client's operation that the additions use are sent with them. */
export function amendPlan(
  plan: PlanNode | undefined,
  client: OperationDefinitionNode,
  amendments: Amendments,
): PlanNode | undefined {
  return plan && amendNode(plan, client, amendments);
}

function amendNode(node: PlanNode, client: OperationDefinitionNode, amendments: Amendments): PlanNode {
  const amend = (child: PlanNode | undefined) => amendPlan(child, client, amendments);
  switch (node.kind) {
    case 'fetch':
    case 'entities':
      return amendFetch(node, client, amendments.get(node));
    case 'sequence':
    case 'parallel':
      return { ...node, nodes: node.nodes.map((child) => amendNode(child, client, amendments)) };
    case 'condition':
      return { ...node, ifTrue: amend(node.ifTrue), ifFalse: amend(node.ifFalse) };
    case 'subscription':
      return {
        ...node,
        primary: amendFetch(node.primary, client, amendments.get(node.primary)),
        rest: amend(node.rest),
      };
    case 'defer':
      return {
        ...node,
        primary: amend(node.primary),
        deferred: node.deferred.map((part) => ({ ...part, node: amend(part.node) })),
      };
  }
}

function amendFetch<Fetch extends FetchNode | EntitiesNode>(
  fetch: Fetch,
  client: OperationDefinitionNode,
  amendment: Amendment | undefined,
): Fetch {
  if (!amendment) return fetch;
  const { read, added } = amendment;
  const used = new Set<string>(fetch.variables);
  for (const list of added.values()) {
    for (const selection of list) {
      visit(selection, { Variable: (variable) => void used.add(variable.name.value) });
    }
  }
  const declared = new Set(read.operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  const definitions = client.variableDefinitions?.filter(
    ({ variable: { name } }) => used.has(name.value) && !declared.has(name.value),
  );
  const operation: OperationDefinitionNode = {
    ...read.operation,
    variableDefinitions: [...(read.operation.variableDefinitions ?? []), ...(definitions ?? [])],
  };
  const document: DocumentNode = {
    ...read.document,
    definitions: read.document.definitions.map((part) => (part === read.operation ? operation : part)),
  };
  const amended = visit(document, {
    SelectionSet(set) {
      const list = added.get(set.selections);
      return list && { ...set, selections: [...set.selections, ...list.map(withTypenames)] };
    },
  });
  return { ...fetch, operation: print(amended), variables: [...used] };
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The executor goes by types: it must hear those of the objects below. */
function withTypenames(selection: SelectionNode): SelectionNode {
  return visit(selection, {
    Field(field) {
      const { selectionSet } = field;
      if (!selectionSet) return undefined;
      return {
        ...field,
        selectionSet: { ...selectionSet, selections: [TYPENAME, ...selectionSet.selections] },
      };
    },
  });
}
