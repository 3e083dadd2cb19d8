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
import type { PickedEndpoint, Policy, UpstreamCall } from './call.ts';
import type { Endpoint } from './endpoint.ts';
import { leastRequests } from './least-requests.ts';
import { roundRobin } from './round-robin.ts';

export const balanceConfig = z
  .enum(['least-requests', 'round-robin'])
  .default('least-requests')
  .describe('How an endpoint is picked among several');

/** An endpoint as one upstream of one snapshot sees it: with its weight there. */
export class Target implements Candidate {
  readonly endpoint: Endpoint;
  readonly weight: number;

  constructor(endpoint: Endpoint, weight: number) {
    this.endpoint = endpoint;
    this.weight = weight;
  }

  get inFlight(): number {
    return this.endpoint.inFlight;
  }

  get available(): boolean {
    return this.endpoint.available;
  }
}

export function makeBalancer(kind: z.output<typeof balanceConfig>, random: Random): Balancer {
  return kind === 'round-robin' ? roundRobin() : leastRequests(random);
}

export function balance(targets: readonly Target[], balancer: Balancer, clock: Clock): Policy {
  const only = targets.length === 1 ? targets[0] : undefined;
  return (call, next) => {
    const target = only ?? pick(targets, balancer, call.endpoint);
    if (!target) return Promise.reject(noneAvailable(targets));
    const { endpoint } = target;
    const wait = endpoint.bulkhead.enter(call.context.cancellation);
    return wait ? wait.then(() => run(endpoint, call, next, clock)) : run(endpoint, call, next, clock);
  };
}

function pick(
  targets: readonly Target[],
  balancer: Balancer,
  last: PickedEndpoint | undefined,
): Target | undefined {
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
    endpoint.bulkhead.leave();
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
      reply.settled.then((outcome) => {
        settle(endpoint, permit, reply.status, outcome, headMs, clock.now() - startedAt);
      });
      return reply;
    },
    (error: unknown) => {
      const { breaker } = endpoint;
      breaker?.end(permit, judgeError(breaker.config, error, clock.now() - startedAt));
      endpoint.bulkhead.leave();
      throw error;
    },
  );
}

function settle(
  endpoint: Endpoint,
  permit: Permit,
  status: number,
  outcome: Outcome,
  headMs: number,
  elapsedMs: number,
): void {
  const { breaker } = endpoint;
  if (breaker) {
    const { config } = breaker;
    const slow = config.slowAfter !== undefined && headMs >= config.slowAfter;
    breaker.end(permit, judgeReply(config, status, outcome, elapsedMs), slow);
  }
  endpoint.bulkhead.leave();
}

/** All are busy, or all are broken; where it is mixed, the breakers are the graver news. */
function noneAvailable(targets: readonly Target[]): FrontdeskError {
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
