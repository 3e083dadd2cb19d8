/** A query plan as plain data for the operators' page: the tree that `frontdesk plan` prints, with the cost of each fetch. */
import { parse, print } from 'graphql';
import type { PlannedOperation } from '../request.ts';
import { fetchesOf, type PlanNode } from './plan.ts';
import { fetchCost, printPath } from './plan-print.ts';

export interface ShownPlan {
  readonly operation: string;
  readonly name: string | undefined;
  /** Static cost, as limits count it. */
  readonly cost: number;
  readonly fetches: number;
  /** Objects that the fetches are expected to touch, a list of unknown length counting as ten. */
  readonly objects: number;
  readonly root: ShownNode | undefined;
}

export interface ShownNode {
  readonly kind: string;
  /** The subgraph that is asked, the variable of a condition, the label of a part. */
  readonly subject?: string;
  /** Where in the answer it goes. */
  readonly at?: string;
  readonly cost?: number;
  readonly document?: string;
  readonly children: readonly ShownNode[];
}

export function shownPlan(planned: PlannedOperation): ShownPlan {
  const { plan, operation, shape, cost } = planned;
  const fetches = [...fetchesOf(plan)];
  return {
    operation: operation.operation,
    name: operation.name?.value,
    cost,
    fetches: fetches.length,
    objects: fetches.reduce((sum, fetch) => sum + fetchCost(fetch, shape), 0),
    root: plan && shown(plan, shape),
  };
}

function shown(node: PlanNode, shape: PlannedOperation['shape']): ShownNode {
  const below = (child: PlanNode | undefined, label: string): ShownNode[] =>
    child ? [{ kind: label, children: [shown(child, shape)] }] : [];
  switch (node.kind) {
    case 'fetch':
      return { ...request(node, shape), at: printPath(node.path) };
    case 'entities':
      return {
        ...request(node, shape),
        kind: 'entities',
        at: node.batches.flatMap(({ paths }) => paths.map(printPath)).join(', '),
      };
    case 'condition':
      return {
        kind: 'if',
        subject: `$${node.variable}`,
        children: [...below(node.ifTrue, 'then'), ...below(node.ifFalse, 'else')],
      };
    case 'subscription':
      return { ...request(node.primary, shape), children: below(node.rest, 'for each event') };
    case 'defer':
      return {
        kind: 'defer',
        children: [
          ...below(node.primary, 'at once'),
          ...node.deferred.map(({ label, node: part }) => ({
            kind: 'later',
            subject: label,
            children: part ? [shown(part, shape)] : [],
          })),
        ],
      };
    default:
      return { kind: node.kind, children: node.nodes.map((child) => shown(child, shape)) };
  }
}

const WHAT = { query: 'fetch', mutation: 'mutate', subscription: 'subscribe' } as const;

function request(
  node: Extract<PlanNode, { kind: 'fetch' | 'entities' }>,
  shape: PlannedOperation['shape'],
): ShownNode {
  return {
    kind: WHAT[node.operationKind],
    subject: node.subgraph,
    cost: fetchCost(node, shape),
    document: print(parse(node.operation, { noLocation: true })),
    children: [],
  };
}
