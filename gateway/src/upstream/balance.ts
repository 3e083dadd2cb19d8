/**
 * Picks the endpoint of an attempt and answers for it: a place in its bulkhead and its breaker's permit are held
 * until the reply has settled, and what came of it is told to the breaker then. An attempt that follows another
 * goes elsewhere where there is an elsewhere.
 */
import { z } from 'zod';
import type { Clock, Random } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Outcome } from '../core/settlement.ts';
import type { Next } from '../core/step.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import type { Balancer, Candidate } from './balancer.ts';
import { judgeError, judgeReply, type Permit, REFUSED } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { PickedEndpoint, Policy, UpstreamCall } from './call.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointSet } from './endpoint-set.ts';
import { leastRequests } from './least-requests.ts';
import { roundRobin } from './round-robin.ts';
import type { Target } from './target.ts';

export const balanceConfig = z
  .enum(['least-requests', 'round-robin'])
  .default('least-requests')
  .describe('How an endpoint is picked among several');

export function makeBalancer(kind: z.output<typeof balanceConfig>, random: Random): Balancer {
  return kind === 'round-robin' ? roundRobin() : leastRequests(random);
}

export function balance(set: EndpointSet, balancer: Balancer, clock: Clock): Policy {
  return (call, next) => {
    const { targets } = set;
    const target =
      targets.length === 1
        ? targets[0]
        : call.stream
          ? pick(set.streamTargets, balancer, call.endpoint)
          : pick(targets, balancer, call.endpoint);
    if (!target) return Promise.reject(noneAvailable(targets));
    const { endpoint } = target;
    const wait = placesFor(endpoint, call).enter(call.context.cancellation);
    return wait ? wait.then(() => run(endpoint, call, next, clock)) : run(endpoint, call, next, clock);
  };
}

function placesFor(endpoint: Endpoint, call: UpstreamCall): Bulkhead {
  return call.stream ? endpoint.streams : endpoint.bulkhead;
}

function pick<T extends Candidate & { readonly endpoint: Endpoint }>(
  targets: readonly T[],
  balancer: Balancer,
  last: PickedEndpoint | undefined,
): T | undefined {
  if (!last) return balancer(targets, undefined);
  const avoid = targets.find((target) => target.endpoint === last);
  return balancer(targets, avoid) ?? (avoid?.available ? avoid : undefined);
}

/** The call has its place in the bulkhead. */
function run(
  endpoint: Endpoint,
  call: UpstreamCall,
  next: Next<UpstreamCall, UpstreamReply>,
  clock: Clock,
): Promise<UpstreamReply> {
  const permit = endpoint.breaker ? endpoint.breaker.begin() : 0;
  if (permit === REFUSED) {
    placesFor(endpoint, call).leave();
    return Promise.reject(
      circuitOpen(endpoint.breaker?.retryAfterMs ?? 0, `the breaker of ${endpoint.address} is open`),
    );
  }
  call.endpoint = endpoint;
  if (call.span) call.span.endpoint = endpoint.address;
  const startedAt = clock.now();
  return next(call).then(
    (reply) => {
      const headMs = clock.now() - startedAt;
      if (call.stream) {
        judge(endpoint, permit, reply.status, OPENED, headMs, headMs);
        reply.settled.then(() => endpoint.streams.leave());
        return reply;
      }
      reply.settled.then((outcome) => {
        settle(endpoint, permit, reply.status, outcome, headMs, clock.now() - startedAt);
      });
      return reply;
    },
    (error: unknown) => {
      const { breaker } = endpoint;
      breaker?.end(permit, judgeError(breaker.config, error, clock.now() - startedAt));
      placesFor(endpoint, call).leave();
      throw error;
    },
  );
}

/** A stream is judged by its opening: its end, hours later, says nothing of how its endpoint is now. */
const OPENED: Outcome = { kind: 'complete', bytes: 0 };

function settle(
  endpoint: Endpoint,
  permit: Permit,
  status: number,
  outcome: Outcome,
  headMs: number,
  elapsedMs: number,
): void {
  judge(endpoint, permit, status, outcome, headMs, elapsedMs);
  endpoint.bulkhead.leave();
}

function judge(
  { breaker }: Endpoint,
  permit: Permit,
  status: number,
  outcome: Outcome,
  headMs: number,
  elapsedMs: number,
): void {
  if (!breaker) return;
  const { config } = breaker;
  const slow = config.slowAfter !== undefined && headMs >= config.slowAfter;
  breaker.end(permit, judgeReply(config, status, outcome, elapsedMs), slow);
}

/** All are busy, or all are broken; where it is mixed, the breakers are the graver news. */
function noneAvailable(targets: readonly Target[]): FrontdeskError {
  if (targets.length === 0) {
    return new FrontdeskError('upstream_unavailable', { detail: 'no endpoint is known', retryAfterS: 1 });
  }
  let retryAfterMs = Number.POSITIVE_INFINITY;
  let refusing = false;
  for (const { endpoint } of targets) {
    if (!endpoint.breaker || endpoint.breaker.admits) continue;
    refusing = true;
    retryAfterMs = Math.min(retryAfterMs, endpoint.breaker.retryAfterMs);
  }
  if (refusing) return circuitOpen(retryAfterMs, 'the breakers of all endpoints are open');
  return new FrontdeskError('bulkhead_full', { detail: 'every endpoint is full', retryAfterS: 1 });
}

function circuitOpen(retryAfterMs: number, detail: string): FrontdeskError {
  return new FrontdeskError('circuit_open', {
    detail,
    retryAfterS: Math.max(1, Math.ceil(retryAfterMs / 1000)),
  });
}
