/** One place where an upstream's service runs: its connections, its breaker, its bulkhead. Outlives snapshots. */

import type { UpstreamReply } from '../core/upstream-call.ts';
import type { BreakerState, CircuitBreaker } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { PickedEndpoint, UpstreamCall } from './call.ts';
import type { Transport } from './transports/transport.ts';

export interface EndpointParts {
  /** `host:port`. */
  readonly address: string;
  /** `undefined` where the breaker is switched off. */
  readonly breaker: CircuitBreaker | undefined;
  readonly bulkhead: Bulkhead;
  /** Places for answers without an end of their own; by default those of the bulkhead. */
  readonly streams?: Bulkhead;
  readonly transport: Transport;
}

export class Endpoint implements PickedEndpoint {
  readonly address: string;
  readonly breaker: CircuitBreaker | undefined;
  readonly bulkhead: Bulkhead;
  readonly streams: Bulkhead;
  readonly transport: Transport;

  constructor(parts: EndpointParts) {
    this.address = parts.address;
    this.breaker = parts.breaker;
    this.bulkhead = parts.bulkhead;
    this.streams = parts.streams ?? parts.bulkhead;
    this.transport = parts.transport;
  }

  send(call: UpstreamCall): Promise<UpstreamReply> {
    return this.transport.send(call);
  }

  /** Calls under way or waiting for a place. */
  get inFlight(): number {
    return this.bulkhead.inFlight + this.bulkhead.queued;
  }

  /** Whether it would take a call now: its breaker admits one and there is a place, or a place to wait. */
  get available(): boolean {
    return !this.bulkhead.full && (this.breaker === undefined || this.breaker.admits);
  }

  get breakerState(): BreakerState {
    return this.breaker?.state ?? 'closed';
  }
}
