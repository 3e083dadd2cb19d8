/** What the gateway and a planner beside it (a process or a thread) say to each other: plain data, one message a thought. */
import type { PlanVariant } from './plan.ts';

/** To the planner. The first message is `load`. */
export type PlannerOrder =
  | { readonly kind: 'load'; readonly supergraphSdl: string }
  | {
      readonly kind: 'plan';
      readonly id: number;
      readonly document: string;
      readonly operationName: string | null;
      readonly variant: PlanVariant;
    };

/** From it. `Plan` is the planner's own form of a plan. */
export type PlannerReport<Plan> =
  | { readonly kind: 'loaded'; readonly consumerSdl: string }
  /** `here` is false where the planner itself cannot be loaded on this platform. */
  | { readonly kind: 'unloadable'; readonly reason: string; readonly here: boolean }
  | { readonly kind: 'planned'; readonly id: number; readonly plan: Plan }
  | { readonly kind: 'unplannable'; readonly id: number; readonly reason: string };

/** Whether a message is one of ours: the planner's side is our own code, so its kind says the rest. */
export function isPlannerOrder(message: unknown): message is PlannerOrder {
  return hasKind(message, ['load', 'plan']);
}

export function isPlannerReport<Plan>(message: unknown): message is PlannerReport<Plan> {
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
