/**
 * The names of all steps in their order, and how further steps find their place among them: a plugin stands before or
 * after a name, whether or not the step of that name is in a chain. `pipeline.ts` and `upstream/upstream.ts` hold the
 * steps themselves, under these names.
 */
import { compose, type Next, type Step } from './step.ts';

/** What every request goes through. */
export const DOOR_STEPS = [
  'shed',
  'requestId',
  'accessLog',
  'replyFields',
  'errorBoundary',
  'clientAddress',
  'proxyDeadline',
  'forwardedCertificate',
  'listenIpRules',
  'hygiene',
  'globalLimit',
  'match',
] as const;

/** What follows once the route is known; handshakes and operations of WebSockets go through some of them. */
export const ROUTE_STEPS = [
  'ipRules',
  'cors',
  'deadline',
  'login',
  'authenticate',
  'csrf',
  'confirmTenant',
  'authorize',
  'policies',
  'consumerLimit',
  'priority',
  'decompress',
  'bodyLimit',
  'validate',
  'compress',
  'validateReply',
  'handler',
] as const;

/** What every call to an upstream goes through. */
export const OUTBOUND_STEPS = [
  'scopes',
  'mirror',
  'affinity',
  'forwarding',
  'callHeaders',
  'markProofs',
  'cache',
  'singleFlight',
  'presentProofs',
  'reshapeJson',
  'reshape',
  'grpcReply',
  'retry',
  'observation',
  'limit',
  'hedging',
  'balance',
  'grpcVerdict',
  'deadlineField',
  'timeout',
  'send',
] as const;

export type DoorStep = (typeof DOOR_STEPS)[number];
export type RouteStep = (typeof ROUTE_STEPS)[number];
export type OutboundStep = (typeof OUTBOUND_STEPS)[number];

/** Where a further step stands. */
export type Place<Name extends string = string> =
  | { readonly before: Name; readonly after?: undefined }
  | { readonly after: Name; readonly before?: undefined };

/** A step of a chain's literal; `undefined`: not configured. */
export type NamedStep<In, Out, Name extends string = string> = readonly [
  name: Name,
  step: Step<In, Out> | undefined,
];

/** A further step. */
export interface PlacedStep<In, Out> {
  readonly name: string;
  readonly place: Place;
  readonly step: Step<In, Out>;
}

/** A step that is there, for whoever composes and whoever lists. */
export interface OrderedStep<In, Out> {
  readonly name: string;
  readonly step: Step<In, Out>;
  /** Whether it is none of ours. */
  readonly isPlugin: boolean;
}

/** The name that a place refers to. */
export function anchorOf(place: Place): string {
  return place.before ?? place.after;
}

/**
 * The steps that are there, with `more` at their places; `more` that share a place keep their own order. `names` ranks
 * all of them, so that a place is found in a chain that lacks the step which it names.
 * @throws RangeError for a place that `names` lacks.
 */
export function inOrder<In, Out>(
  names: readonly string[],
  steps: readonly NamedStep<In, Out>[],
  more: readonly PlacedStep<In, Out>[] = [],
): OrderedStep<In, Out>[] {
  const there: OrderedStep<In, Out>[] = [];
  const waiting = more.map((one) => ({ at: slotOf(names, one.place), one })).sort((a, b) => a.at - b.at);
  let taken = 0;
  const takeUpTo = (slot: number): void => {
    for (let next = waiting[taken]; next && next.at <= slot; next = waiting[taken]) {
      there.push({ name: next.one.name, step: next.one.step, isPlugin: true });
      taken += 1;
    }
  };
  for (const [name, step] of steps) {
    takeUpTo(slotOf(names, { before: name }));
    if (step) there.push({ name, step, isPlugin: false });
  }
  takeUpTo(Number.POSITIVE_INFINITY);
  return there;
}

/** Each name has two: before it and after it. What stands after one comes before what stands before the next. */
function slotOf(names: readonly string[], place: Place): number {
  const anchor = anchorOf(place);
  const rank = names.indexOf(anchor);
  if (rank < 0) throw new RangeError(`no step is named ${anchor}`);
  return 2 * rank + (place.before === undefined ? 1 : 0);
}

export function composeOrdered<In, Out>(
  steps: readonly OrderedStep<In, Out>[],
  last: Next<In, Out>,
): Next<In, Out> {
  return compose(
    steps.map(({ step }) => step),
    last,
  );
}
