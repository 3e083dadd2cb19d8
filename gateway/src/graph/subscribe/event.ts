/** What a subscription's plan says, made ready: what is sent to its subgraph, and how an event becomes data. */

import type { DataObject } from '../execute/data.ts';
import { compileMerge, compileRenames, failKeys } from '../execute/places.ts';
import { type ErrorRules, readBody } from '../execute/reply.ts';
import type { Run } from '../execute/run.ts';
import { requestPrefix, takeErrors, variablesText } from '../execute/subgraph-request.ts';
import { renameKeys, writtenKeys } from '../execute/written.ts';
import type { SubscriptionNode } from '../plan/plan.ts';
import type { TypeIndex } from '../supergraph/supergraph.ts';
import type { SourceEvent } from './source.ts';

export interface EventPlan {
  readonly subgraph: string;
  /** The request's JSON text. */
  request(variables: DataObject): string;
  /** Puts an event into a run that begins. Throws `upstream_invalid` where it is no GraphQL response. */
  take(run: Run, event: SourceEvent): void;
}

export function compileEvents({ primary }: SubscriptionNode, types: TypeIndex, rules: ErrorRules): EventPlan {
  const { subgraph } = primary;
  const prefix = requestPrefix(primary);
  const rename = compileRenames(primary.outputRewrites, types);
  const keys = renameKeys(writtenKeys(primary.operation), primary.outputRewrites);
  const merge = compileMerge(keys, types);
  return {
    subgraph,
    request: (variables) => `${prefix}${variablesText(primary.variables, variables)}}}`,
    take(run, { body, plain }) {
      const reply = readBody(200, body, plain, subgraph, rules);
      takeErrors(run, reply);
      if (reply.data) {
        rename?.(reply.data);
        merge(run.data, reply.data);
      } else {
        failKeys(run.data, keys, reply.entries);
      }
    },
  };
}
