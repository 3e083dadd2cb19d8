/** Answers a route by several backends together, with what the process keeps for it. */

import type { Handler } from '../core/exchange.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { Graph } from '../graph/graph.ts';
import { aggregateHandler } from '../handlers/aggregate/aggregate.ts';
import type { Residents } from '../residents/residents.ts';
import type { FieldSelection } from '../wire/json/field-selection.ts';
import { type Answer, type PlannedMount, templateOf } from './mount-plan.ts';

export interface AggregatedParts {
  readonly callUpstream: CallUpstream;
  readonly graph: Graph | undefined;
  readonly residents: Pick<Residents, 'clock' | 'logger' | 'metrics' | 'lastGood'>;
}

export function aggregated(
  { to, strip, timeoutMs }: Extract<Answer, { kind: 'aggregate' }>,
  mount: PlannedMount,
  { callUpstream, graph, residents }: AggregatedParts,
): Handler {
  const { clock, logger, metrics, lastGood } = residents;
  return aggregateHandler({
    aggregate: to.aggregate,
    template: templateOf(mount.match),
    callUpstream,
    graph: graph && ((request) => graph.executeObject(request)),
    clock,
    logger,
    meter: metrics,
    lastGood,
    maxBodyBytes: mount.maxBodyBytes,
    fields: ownFields(mount),
    strip,
    timeoutMs,
  });
}

/** The rules for replies that are left to be applied to what a mount answers. */
export function replyRulesOf(
  mount: PlannedMount,
  response: NonNullable<PlannedMount['rules']>['response'],
): NonNullable<PlannedMount['rules']>['response'] {
  if (!ownFields(mount)) return response;
  const { fields: _own, ...others } = response;
  return others;
}

/**
 * The choice of fields, where it is the aggregate's own matter: it asks no part then that nobody chose. Rules for the
 * whole may give members other names, so that it could not be told which part they are of.
 */
function ownFields({ answer, rules }: PlannedMount): FieldSelection | undefined {
  if (answer.kind !== 'aggregate' || rules?.response.json) return undefined;
  return rules?.response.fields;
}
