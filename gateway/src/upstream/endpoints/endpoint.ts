/** One place where an upstream's service runs: its connections, breaker, bulkhead and health. Outlives snapshots. */

import type { Priority } from '../../core/priority.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import type { PeakEwma } from '../balancing/peak-ewma.ts';
import type { BreakerState, CircuitBreaker } from '../breaker/breaker.ts';
import type { TemplateBreakers } from '../breaker/template-breakers.ts';
import type { AdaptiveLimit } from '../bulkhead/adaptive-limit.ts';
import type { Bulkhead } from '../bulkhead/bulkhead.ts';
import type { PickedEndpoint, UpstreamCall } from '../call.ts';
import type { EndpointHealth } from '../health/endpoint-health.ts';
import type { Transport } from '../transports/transport.ts';

export interface EndpointParts {
  /** `host:port`. */
  readonly address: string;
  /** `undefined` where the breaker is switched off, and where each template has its own. */
  readonly breaker: CircuitBreaker | undefined;
  readonly templates?: TemplateBreakers | undefined;
  readonly bulkhead: Bulkhead;
  /** What moves the bulkhead's limit; `undefined` where it is fixed. */
  readonly adaptive?: AdaptiveLimit | undefined;
  readonly health: EndpointHealth;
  /** Places for answers without an end of their own; by default those of the bulkhead. */
  readonly streams?: Bulkhead;
  readonly transport: Transport;
}

export class Endpoint implements PickedEndpoint {
  readonly address: string;
  readonly breaker: CircuitBreaker | undefined;
  readonly templates: TemplateBreakers | undefined;
  readonly bulkhead: Bulkhead;
  readonly adaptive: AdaptiveLimit | undefined;
  readonly streams: Bulkhead;
  readonly health: EndpointHealth;
  readonly transport: Transport;
  /** What calls take here; kept where a balancer goes by it. */
  latency: PeakEwma | undefined = undefined;

  constructor(parts: EndpointParts) {
    this.address = parts.address;
    this.breaker = parts.breaker;
    this.templates = parts.templates;
    this.bulkhead = parts.bulkhead;
    this.adaptive = parts.adaptive;
    this.streams = parts.streams ?? parts.bulkhead;
    this.health = parts.health;
    this.transport = parts.transport;
  }

  send(call: UpstreamCall): Promise<UpstreamReply> {
    return this.transport.send(call);
  }

  /** Takes no more calls. Resolves when those that it has, waiting ones included, are done and nothing is connected. */
  async close(): Promise<void> {
    await Promise.all([this.bulkhead.whenIdle(), this.streams.whenIdle()]);
    await this.transport.close();
  }

  /** Calls under way or waiting for a place. */
  get inFlight(): number {
    return this.bulkhead.inFlight + this.bulkhead.queued;
  }

  /**
   * Whether it would take a call now: its breaker admits one and there is a place, or a place to wait. A breaker that
   * lets a share through, and one of a template, are asked when the call is there.
   */
  get available(): boolean {
    return !this.bulkhead.full && (this.breaker === undefined || this.breaker.admits);
  }

  /** The same where it is full: whether a call of this priority would get in before others that wait. */
  admits(priority: Priority): boolean {
    return this.bulkhead.admits(priority) && (this.breaker === undefined || this.breaker.admits);
  }

  /** The breaker that judges this call. */
  breakerOf(call: UpstreamCall): CircuitBreaker | undefined {
    return this.breaker ?? this.templates?.of(call.label);
  }

  get breakerState(): BreakerState {
    return this.breaker?.state ?? this.templates?.worst ?? 'closed';
  }
}
