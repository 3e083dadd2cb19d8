/**
 * A plan as JSON for pictures: which subgraph is asked what, where in the answer, after what. A form of its own, so that
 * what the executor keeps in its plans may change without those who draw them.
 */
import type { SelectionShape } from '../answer/shape.ts';
import type { EntitiesNode, FetchNode, PlanNode } from './plan.ts';
import { fetchCost, printPath } from './plan-print.ts';

export type PlanTree =
  | {
      readonly kind: 'fetch' | 'entities';
      readonly subgraph: string;
      /** The document that is sent. */
      readonly operation: string;
      /** Where in the answer its data goes: `user.orders`; empty for the root. */
      readonly paths: readonly string[];
      /** How many objects it is expected to touch, as `frontdesk plan` counts them. */
      readonly objects: number;
    }
  | { readonly kind: 'sequence' | 'parallel'; readonly nodes: readonly PlanTree[] }
  | {
      readonly kind: 'condition';
      readonly variable: string;
      readonly ifTrue: PlanTree | null;
      readonly ifFalse: PlanTree | null;
    }
  | {
      readonly kind: 'defer';
      readonly primary: PlanTree | null;
      readonly deferred: readonly { readonly label: string; readonly node: PlanTree | null }[];
    }
  | { readonly kind: 'subscription'; readonly primary: PlanTree; readonly rest: PlanTree | null };

/** `null` where nothing has to be fetched. `shape`: of the whole operation. */
export function planTree(node: PlanNode | undefined, shape: SelectionShape): PlanTree | null {
  return node ? treeOf(node, shape) : null;
}

function treeOf(node: PlanNode, shape: SelectionShape): PlanTree {
  const below = (part: PlanNode | undefined): PlanTree | null => planTree(part, shape);
  switch (node.kind) {
    case 'fetch':
    case 'entities':
      return fetchTree(node, shape);
    case 'sequence':
    case 'parallel':
      return { kind: node.kind, nodes: node.nodes.map((part) => treeOf(part, shape)) };
    case 'condition': {
      const { variable } = node;
      return { kind: 'condition', variable, ifTrue: below(node.ifTrue), ifFalse: below(node.ifFalse) };
    }
    case 'defer': {
      const deferred = node.deferred.map(({ label, node: part }) => ({ label, node: below(part) }));
      return { kind: 'defer', primary: below(node.primary), deferred };
    }
    case 'subscription':
      return { kind: 'subscription', primary: fetchTree(node.primary, shape), rest: below(node.rest) };
  }
}

function fetchTree(node: FetchNode | EntitiesNode, shape: SelectionShape): PlanTree {
  const paths =
    node.kind === 'fetch'
      ? [printPath(node.path)].filter((path) => path !== '')
      : node.batches.flatMap((batch) => batch.paths.map(printPath));
  return {
    kind: node.kind,
    subgraph: node.subgraph,
    operation: node.operation,
    paths,
    objects: fetchCost(node, shape),
  };
}
