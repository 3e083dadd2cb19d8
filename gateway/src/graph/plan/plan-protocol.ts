/** What the gateway and its planner's process say to each other: plain JSON, one message a line of thought. */
import type * as Hive from '@graphql-hive/router-query-planner';

/** To the planner's process. The first message is `load`. */
export type PlannerOrder =
  | { readonly kind: 'load'; readonly supergraphSdl: string }
  | {
      readonly kind: 'plan';
      readonly id: number;
      readonly document: string;
      readonly operationName: string | null;
    };

/** From it. */
export type PlannerReport =
  | { readonly kind: 'loaded'; readonly consumerSdl: string }
  | { readonly kind: 'unloadable'; readonly reason: string }
  | { readonly kind: 'planned'; readonly id: number; readonly plan: Hive.QueryPlan }
  | { readonly kind: 'unplannable'; readonly id: number; readonly reason: string };

/** Whether a message is one of ours: the process is our own code, so its kind says the rest. */
export function isPlannerOrder(message: unknown): message is PlannerOrder {
  return hasKind(message, ['load', 'plan']);
}

export function isPlannerReport(message: unknown): message is PlannerReport {
  return hasKind(message, ['loaded', 'unloadable', 'planned', 'unplannable']);
}

function hasKind(message: unknown, kinds: readonly string[]): boolean {
  return (
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    typeof message.kind === 'string' &&
    kinds.includes(message.kind)
  );
}
