/** The one door to the backends: for each upstream of a configuration a chain, composed once. */
import type { Clock, Random } from '../core/clock.ts';
import { FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import { compose, type Next } from '../core/step.ts';
import type { CallUpstream, UpstreamReply } from '../core/upstream-call.ts';
import type { Limiter } from '../limits/limiter.ts';
import { makeJsonStripper } from '../wire/json-strip.ts';
import { authorize } from './authorize.ts';
import { balance, makeBalancer } from './balance.ts';
import type { BreakerState } from './breaker.ts';
import { type Policy, UpstreamCall } from './call.ts';
import { shares, targetsOf, type UpstreamConfig } from './config.ts';
import type { EndpointRegistry } from './endpoint-registry.ts';
import { EndpointSet } from './endpoint-set.ts';
import { forwarding } from './forwarding.ts';
import type { IdentityHeaders } from './identity-headers.ts';
import type { Lease } from './lease.ts';
import { drawFrom, limit } from './limit.ts';
import { observation, type UpstreamMetrics } from './observation.ts';
import { OnceBody } from './once-body.ts';
import { reshape } from './reshape.ts';
import { retry } from './retry.ts';
import type { RetryBudget } from './retry-budget.ts';
import { singleFlight } from './single-flight.ts';
import { timeout } from './timeout.ts';

export interface UpstreamsOptions {
  readonly configs: Readonly<Record<string, UpstreamConfig>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: UpstreamMetrics;
  readonly limiter: Limiter;
  readonly registry: EndpointRegistry;
  readonly identityHeaders: IdentityHeaders;
  /** Fields that carry a client's credentials beside `authorization`, `cookie` and `x-api-key`; lower case. */
  readonly credentialFields: readonly string[];
}

/** An endpoint as operators see it. */
export interface EndpointView {
  readonly upstream: string;
  readonly endpoint: string;
  readonly breaker: BreakerState;
  readonly inFlight: number;
  readonly queued: number;
  readonly available: boolean;
}

export interface Upstreams {
  readonly call: CallUpstream;
  has(upstream: string): boolean;
  view(): EndpointView[];
  /** Sets the gauges that are too dear to keep up to date with every call; before metrics are read. */
  measure(): void;
  /** Returns what was leased of the registry. Calls under way end in peace. */
  dispose(): Promise<void>;
}

interface Built {
  readonly chain: Next<UpstreamCall, UpstreamReply>;
  readonly endpoints: EndpointSet;
  readonly leases: readonly Lease<unknown>[];
}

const send: Next<UpstreamCall, UpstreamReply> = (call) =>
  call.endpoint
    ? call.endpoint.send(call)
    : Promise.reject(new FrontdeskError('internal', { detail: 'no endpoint' }));

/** A body that comes once is dropped when no attempt ever started it: it holds its client's connection. */
function callOnce(chain: Next<UpstreamCall, UpstreamReply>, call: UpstreamCall): Promise<UpstreamReply> {
  const body = new OnceBody(call.body);
  call.body = body;
  return chain(call).catch((error: unknown) => {
    if (!body.started) body.discard(toFrontdeskError(error));
    throw error;
  });
}

export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const { metrics } = options;
  const upstreams = new Map<string, Built>();
  for (const [name, config] of Object.entries(options.configs))
    upstreams.set(name, build(name, config, options));

  function view(): EndpointView[] {
    const views: EndpointView[] = [];
    for (const [upstream, { endpoints }] of upstreams) {
      for (const { endpoint } of endpoints.targets) {
        const { address, breakerState, bulkhead, available } = endpoint;
        const { inFlight, queued } = bulkhead;
        views.push({ upstream, endpoint: address, breaker: breakerState, inFlight, queued, available });
      }
    }
    return views;
  }

  return {
    call: (request) => {
      const built = upstreams.get(request.upstream);
      const { body } = request;
      if (!built) {
        const error = new FrontdeskError('internal', { detail: `no upstream is called ${request.upstream}` });
        body.discard(error);
        return Promise.reject(error);
      }
      const call = new UpstreamCall(request);
      return body.replayable ? built.chain(call) : callOnce(built.chain, call);
    },
    has: (upstream) => upstreams.has(upstream),
    view,
    measure: () => {
      for (const { upstream, endpoint, inFlight, queued } of view()) {
        metrics.inFlight(inFlight, upstream, endpoint);
        metrics.queued(queued, upstream, endpoint);
      }
    },
    dispose: async () => {
      const all = [...upstreams.values()];
      upstreams.clear();
      await Promise.all(
        all.flatMap(({ leases, endpoints }) => [endpoints.close(), ...leases.map((one) => one.release())]),
      );
    },
  };
}

function build(name: string, config: UpstreamConfig, options: UpstreamsOptions): Built {
  const { registry } = options;
  const budget = registry.budget(name, config);
  const endpoints = new EndpointSet((spec) => registry.endpoint(name, config, spec.url));
  endpoints.replace(targetsOf(config));
  const steps = outboundOrder(name, config, options, budget.value, endpoints);
  return {
    chain: compose(
      steps.filter((step) => step !== undefined),
      send,
    ),
    endpoints,
    leases: [budget],
  };
}

/**
 * THE outbound order. Fields are finished before anything could compute a key from them. Retry is outside the
 * bucket, the breaker and the balancer, so every attempt is counted, judged and gets a fresh endpoint; the bucket
 * is outside the breaker, so our own refusal is never the upstream's failure. `undefined`: not configured.
 */
function outboundOrder(
  name: string,
  config: UpstreamConfig,
  { identityHeaders, credentialFields, metrics, limiter, clock, random }: UpstreamsOptions,
  budget: RetryBudget,
  endpoints: EndpointSet,
): (Policy | undefined)[] {
  const { forward, credentials, response } = config;
  const readsReplies = response.strip.length > 0;
  const draw = config.limit && drawFrom(name, config.limit, limiter);
  const ignored = forward.deadline === undefined ? [] : [forward.deadline];
  return [
    config.scopes.length > 0 ? authorize(name, config.scopes) : undefined,
    forwarding({ identityHeaders, forward, credentials, credentialFields, readsReplies }),
    shares(config) ? singleFlight({ clock, ignored, draw, shared: metrics.shared }) : undefined,
    readsReplies ? reshape(makeJsonStripper(response.strip), response.maxStripSize) : undefined,
    retry({ config: config.retry, budget, clock, random, retried: metrics.retries }),
    observation(metrics),
    draw && limit(draw),
    balance(endpoints, makeBalancer(config.balance, random), clock),
    timeout(config.timeout.attempt, clock),
  ];
}
