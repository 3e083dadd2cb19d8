/** THE order in which the steps of a call to an upstream run. */
import type { Clock, Random } from '../core/clock.ts';
import {
  inOrder,
  type NamedStep,
  type OrderedStep,
  OUTBOUND_STEPS,
  type OutboundStep,
  type PlacedStep,
} from '../core/placed-steps.ts';
import type { Next } from '../core/step.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import type { Limiter } from '../limits/limiter.ts';
import { compileHeaderRules } from '../wire/header-rules.ts';
import { makeJsonStripper } from '../wire/json/json-strip.ts';
import { authorize } from './authorize.ts';
import { affinity } from './balancing/affinity.ts';
import { grpcReply, grpcVerdict } from './breaker/grpc-verdict.ts';
import { observation, type UpstreamMetrics } from './breaker/observation.ts';
import type { Policy, UpstreamCall } from './call.ts';
import { shares, type UpstreamConfig } from './config.ts';
import { drawFrom, limit } from './limit.ts';
import { mirror } from './mirror/mirror.ts';
import { callHeaders } from './outgoing/call-headers.ts';
import { type CallProof, markProofs, presentProofs } from './outgoing/call-proof.ts';
import { staticField } from './outgoing/credentials.ts';
import { deadlineField } from './outgoing/deadline-field.ts';
import { forwarding } from './outgoing/forwarding.ts';
import type { IdentityHeaders } from './outgoing/identity-headers.ts';
import { reshape, reshapeJson } from './reshape.ts';
import { retry } from './retry/retry.ts';
import type { RetryBudget } from './retry/retry-budget.ts';
import { timeout } from './retry/timeout.ts';
import { singleFlight } from './single-flight.ts';

/** What the steps of all upstreams are made with. */
export interface OutboundOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: UpstreamMetrics;
  readonly limiter: Limiter;
  readonly identityHeaders: IdentityHeaders;
  /** Fields that carry a client's credentials beside `authorization`, `cookie` and `x-api-key`; lower case. */
  readonly credentialFields: readonly string[];
  /** The cookie of browser sessions, where there are such: no backend sees it. */
  readonly sessionCookie?: string | undefined;
  /** What proves the gateway and its callers to an upstream by tokens; needed where one asks for them. */
  readonly proofsOf?: (upstream: string, config: UpstreamConfig) => readonly CallProof[];
  /** Steps of teams for an upstream, each with its place. */
  readonly pluginsOf?: (
    upstream: string,
    config: UpstreamConfig,
  ) => readonly PlacedStep<UpstreamCall, UpstreamReply>[];
  /** The chain of an upstream, for copies; asked when the first one goes. */
  readonly chainOf: (upstream: string) => Next<UpstreamCall, UpstreamReply>;
}

/** What of a chain outlives its snapshot, or is made of what does. */
export interface LeasedSteps {
  readonly budget: RetryBudget;
  readonly balance: Policy;
  readonly cache: Policy | undefined;
  readonly hedging: Policy | undefined;
}

/**
 * Fields are finished before anything could compute a key from them. Retry is outside the
 * bucket, the breaker and the balancer, so every attempt is counted, judged and gets a fresh endpoint; the bucket
 * is outside the breaker, so our own refusal is never the upstream's failure, and outside hedging, whose second attempts
 * are our own choice: nobody pays for them. `undefined`: not configured.
 */
export function outboundOrder(
  name: string,
  config: UpstreamConfig,
  options: OutboundOptions,
  { budget, balance, cache, hedging }: LeasedSteps,
): OrderedStep<UpstreamCall, UpstreamReply>[] {
  const { metrics, limiter, clock, random, chainOf, proofsOf, pluginsOf } = options;
  const { forward, response } = config;
  const changeFields = compileHeaderRules(config.request.headers);
  const draw = config.limit && drawFrom(name, config.limit, limiter, clock);
  const speaksGrpc = config.protocol !== 'http1';
  const proofs = proofsOf?.(name, config) ?? [];
  const ignored = forward.deadline === undefined ? [] : [forward.deadline];
  const steps: NamedStep<UpstreamCall, UpstreamReply, OutboundStep>[] = [
    ['scopes', config.scopes.length > 0 ? authorize(name, config.scopes) : undefined],
    [
      'mirror',
      config.mirror &&
        mirror({ name, config: config.mirror, clock, random, mirrored: metrics.mirrored, chainOf }),
    ],
    ['affinity', config.balance.key && affinity(config.balance.key)],
    ['forwarding', forwardingOf(config, options, proofs)],
    ['callHeaders', changeFields && callHeaders(changeFields, clock)],
    ['markProofs', proofs.length > 0 ? markProofs(proofs) : undefined],
    ['cache', cache],
    [
      'singleFlight',
      shares(config) ? singleFlight({ clock, ignored, draw, shared: metrics.shared }) : undefined,
    ],
    ['presentProofs', proofs.length > 0 ? presentProofs(proofs) : undefined],
    ['reshapeJson', response.json && reshapeJson(response.json, response.maxStripSize)],
    [
      'reshape',
      strips(config) ? reshape(makeJsonStripper(response.strip), response.maxStripSize) : undefined,
    ],
    ['grpcReply', speaksGrpc ? grpcReply : undefined],
    ['retry', retry({ config: config.retry, budget, clock, random, retried: metrics.retries })],
    ['observation', observation(metrics)],
    ['limit', draw && limit(draw)],
    ['hedging', hedging],
    ['balance', balance],
    ['grpcVerdict', speaksGrpc ? grpcVerdict : undefined],
    [
      'deadlineField',
      forward.deadline === undefined ? undefined : deadlineField(forward.deadline, config.timeout.attempt),
    ],
    ['timeout', timeout(config.timeout, clock)],
  ];
  return inOrder(OUTBOUND_STEPS, steps, pluginsOf?.(name, config));
}

function strips({ response }: UpstreamConfig): boolean {
  return response.strip.length > 0;
}

function forwardingOf(
  config: UpstreamConfig,
  { identityHeaders, credentialFields, sessionCookie }: OutboundOptions,
  proofs: readonly CallProof[],
): Policy {
  return forwarding({
    identityHeaders,
    tellsIdentity: config.identityHeaders,
    forward: config.forward,
    credential: config.credentials && staticField(config.credentials),
    ownFields: proofs.map(({ field }) => field),
    credentialFields,
    sessionCookie,
    readsReplies: strips(config) || config.response.json !== undefined,
  });
}
