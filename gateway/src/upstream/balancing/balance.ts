/**
 * Picks the endpoint of an attempt and answers for it: a place in its bulkhead and its breaker's permit are held
 * until the reply has settled, and what came of it is told to those who judge it then. An attempt that follows another
 * goes elsewhere where there is an elsewhere, and so does one that a breaker refuses.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Outcome } from '../../core/settlement.ts';
import type { Next } from '../../core/step.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { type Permit, REFUSED } from '../breaker/breaker.ts';
import { judgeError, judgeReply, type Verdict, type VerdictRules } from '../breaker/verdict.ts';
import type { Bulkhead } from '../bulkhead/bulkhead.ts';
import type { Policy, UpstreamCall } from '../call.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { EndpointSet } from '../endpoints/endpoint-set.ts';
import type { Target } from '../endpoints/target.ts';
import type { OutlierDetector } from '../health/outlier-detector.ts';
import type { Balancer } from './balancer.ts';
import { PeakEwma } from './peak-ewma.ts';
import { EndpointPicker } from './pick.ts';
import type { Placement } from './placement.ts';

export interface BalanceOptions {
  readonly set: EndpointSet;
  readonly placement: Placement;
  readonly balancer: Balancer;
  readonly clock: Clock;
  readonly rules: VerdictRules & { readonly slowAfter?: number | undefined };
  /** `undefined` where nobody is ejected. */
  readonly outliers: OutlierDetector | undefined;
  /** Where the balancer goes by latency: in what time one is forgotten, in milliseconds. */
  readonly latencyDecayMs: number | undefined;
  /** A call went to another zone or priority than the first, or health was ignored. */
  readonly strayed?: (how: 'zone' | 'priority' | 'panic') => void;
}

export function balance(options: BalanceOptions): Policy {
  const run = new Attempts(options);
  return (call, next) => run.start(call, next);
}

function placesFor(endpoint: Endpoint, call: UpstreamCall): Bulkhead {
  return call.stream ? endpoint.streams : endpoint.bulkhead;
}

/** A stream is judged by its opening: its end, hours later, says nothing of how its endpoint is now. */
const OPENED: Outcome = { kind: 'complete', bytes: 0 };

class Attempts {
  readonly #options: BalanceOptions;
  readonly #picker: EndpointPicker;

  constructor(options: BalanceOptions) {
    this.#options = options;
    this.#picker = new EndpointPicker(options);
  }

  start(call: UpstreamCall, next: Next<UpstreamCall, UpstreamReply>): Promise<UpstreamReply> {
    const { targets } = this.#options.set;
    const only = targets.length === 1 ? targets[0]?.endpoint : undefined;
    if (only?.health.usable && call.hedge !== 'another') return this.#on(only, call, next, undefined);
    const endpoint = this.#picker.pick(call);
    if (!endpoint) return Promise.reject(noneAvailable(targets));
    return this.#on(endpoint, call, next, NONE_REFUSED);
  }

  /** `refused`: who would not have it so far; `undefined` where there is nobody else to ask. */
  #on(
    endpoint: Endpoint,
    call: UpstreamCall,
    next: Next<UpstreamCall, UpstreamReply>,
    refused: readonly Endpoint[] | undefined,
  ): Promise<UpstreamReply> {
    const places = placesFor(endpoint, call);
    // Where calls wait already, a second one of the same kind would take the place of another's first.
    if (call.hedge && !places.hasRoom) {
      return Promise.reject(new FrontdeskError('bulkhead_full', { detail: 'no place for a second attempt' }));
    }
    const { cancellation, priority } = call.context;
    const wait = places.enter(cancellation, priority);
    return wait
      ? wait.then(() => this.#admitted(endpoint, call, next, refused))
      : this.#begin(endpoint, call, next, refused);
  }

  /** It has waited for its place: where its endpoint has left the set meanwhile it is picked anew. */
  #admitted(
    endpoint: Endpoint,
    call: UpstreamCall,
    next: Next<UpstreamCall, UpstreamReply>,
    refused: readonly Endpoint[] | undefined,
  ): Promise<UpstreamReply> {
    const { targets } = this.#options.set;
    // A set that is empty was closed, by a reload: its calls end where they are.
    const isThere = targets.length === 0 || targets.some((target) => target.endpoint === endpoint);
    if (isThere) return this.#begin(endpoint, call, next, refused);
    placesFor(endpoint, call).leave();
    return this.start(call, next);
  }

  /** The call has its place in the bulkhead. */
  #begin(
    endpoint: Endpoint,
    call: UpstreamCall,
    next: Next<UpstreamCall, UpstreamReply>,
    refused: readonly Endpoint[] | undefined,
  ): Promise<UpstreamReply> {
    const breaker = endpoint.breakerOf(call);
    const permit = breaker ? breaker.begin() : 0;
    if (permit !== REFUSED) return this.#send(endpoint, permit, call, next);
    placesFor(endpoint, call).leave();
    const unwilling = refused && [...refused, endpoint];
    const other = unwilling && this.#picker.pickBut(call, unwilling);
    if (other) return this.#on(other, call, next, unwilling);
    return Promise.reject(
      circuitOpen(breaker?.retryAfterMs ?? 0, `the breaker of ${endpoint.address} is open`),
    );
  }

  #send(
    endpoint: Endpoint,
    permit: Permit,
    call: UpstreamCall,
    next: Next<UpstreamCall, UpstreamReply>,
  ): Promise<UpstreamReply> {
    const { clock, rules } = this.#options;
    call.endpoint = endpoint;
    if (call.span) call.span.endpoint = endpoint.address;
    const startedAt = clock.now();
    return next(call).then(
      (reply) => {
        const headMs = clock.now() - startedAt;
        if (call.stream) {
          this.#judge(endpoint, permit, call, reply.status, OPENED, headMs, headMs);
          reply.settled.then(() => endpoint.streams.leave());
          return reply;
        }
        if (endpoint.adaptive && reply.status < rules.failureStatus) endpoint.adaptive.observe(headMs);
        reply.settled.then((outcome) => {
          const { status = reply.status } = outcome;
          this.#judge(endpoint, permit, call, status, outcome, headMs, clock.now() - startedAt);
          endpoint.bulkhead.leave();
        });
        return reply;
      },
      (error: unknown) => {
        const elapsedMs = clock.now() - startedAt;
        const verdict = judgeError(rules, error, elapsedMs);
        endpoint.breakerOf(call)?.end(permit, verdict);
        this.#tell(endpoint, verdict, 0, elapsedMs);
        if (verdict === 'failure' && !call.stream) endpoint.adaptive?.fail(elapsedMs);
        placesFor(endpoint, call).leave();
        throw error;
      },
    );
  }

  #judge(
    endpoint: Endpoint,
    permit: Permit,
    call: UpstreamCall,
    status: number,
    outcome: Outcome,
    headMs: number,
    elapsedMs: number,
  ): void {
    const { rules } = this.#options;
    const verdict = judgeReply(rules, status, outcome, elapsedMs);
    const slow = rules.slowAfter !== undefined && headMs >= rules.slowAfter;
    endpoint.breakerOf(call)?.end(permit, verdict, slow);
    this.#tell(endpoint, verdict, status, headMs);
  }

  /** Those who compare the endpoints of the set; with one there is nothing to compare. */
  #tell(endpoint: Endpoint, verdict: Verdict, status: number, latencyMs: number): void {
    const { set, outliers, latencyDecayMs, clock } = this.#options;
    if (set.targets.length < 2) return;
    if (outliers) {
      if (status >= 500 || verdict !== 'none') outliers.record(endpoint, status, verdict);
    }
    if (latencyDecayMs === undefined || verdict === 'none') return;
    endpoint.latency ??= new PeakEwma(clock, latencyDecayMs);
    if (verdict === 'failure') endpoint.latency.fail(latencyMs);
    else endpoint.latency.observe(latencyMs);
  }
}

const NONE_REFUSED: readonly Endpoint[] = [];

/** All are busy, or all are broken; where it is mixed, the breakers are the graver news. */
function noneAvailable(targets: readonly Target[]): FrontdeskError {
  if (targets.length === 0) {
    return new FrontdeskError('upstream_unavailable', { detail: 'no endpoint is known', retryAfterS: 1 });
  }
  let retryAfterMs = Number.POSITIVE_INFINITY;
  let refusing = false;
  let healthy = false;
  for (const { endpoint } of targets) {
    if (endpoint.health.usable) healthy = true;
    if (!endpoint.breaker || endpoint.breaker.admits) continue;
    refusing = true;
    retryAfterMs = Math.min(retryAfterMs, endpoint.breaker.retryAfterMs);
  }
  if (refusing) return circuitOpen(retryAfterMs, 'the breakers of all endpoints are open');
  if (!healthy) {
    return new FrontdeskError('upstream_unavailable', { detail: 'no endpoint is healthy', retryAfterS: 1 });
  }
  return new FrontdeskError('bulkhead_full', { detail: 'every endpoint is full', retryAfterS: 1 });
}

function circuitOpen(retryAfterMs: number, detail: string): FrontdeskError {
  return new FrontdeskError('circuit_open', {
    detail,
    retryAfterS: Math.max(1, Math.ceil(retryAfterMs / 1000)),
  });
}
