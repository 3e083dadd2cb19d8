/** Parts of plans, for tests that care how nodes hang together and not what they send. */
import type { FetchNode } from '../plan/plan.ts';

/** A fetch of one field of one subgraph, known by `id`. */
export function fetchNode(id: string): FetchNode {
  return {
    kind: 'fetch',
    id,
    subgraph: 's',
    operationKind: 'query',
    operation: '{a}',
    operationName: undefined,
    variables: [],
    path: [],
    outputRewrites: [],
  };
}
