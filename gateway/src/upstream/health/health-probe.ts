/** The question that `health` asks of an endpoint. */
import type { Endpoint } from '../endpoints/endpoint.ts';
import { connectedEvent, type Destination, dial, HTTP1_ALPN } from '../transports/dial.ts';
import type { Probe } from './health-check.ts';
import type { HealthConfig } from './health-config.ts';
import { grpcProbe } from './health-grpc.ts';
import { httpProbe } from './health-http.ts';
import { tcpProbe } from './health-tcp.ts';

export interface ProbeOptions {
  readonly upstream: string;
  readonly endpoint: Pick<Endpoint, 'send'>;
  readonly health: HealthConfig;
  readonly destination: Destination;
}

export function makeProbe({ upstream, endpoint, health, destination }: ProbeOptions): Probe {
  if (health.http) return httpProbe(upstream, endpoint, health.http, health.timeout);
  if (health.grpc) {
    const { origin } = destination.address;
    return grpcProbe((alpn) => dial(destination, alpn), origin, health.grpc.service);
  }
  return tcpProbe(() => dial(destination, HTTP1_ALPN), connectedEvent(destination));
}
