/** Endpoints that reach nobody, for tests of who is picked. */
import type { Clock } from '../../core/clock.ts';
import { breakerConfig, CircuitBreaker } from '../breaker/breaker.ts';
import { Bulkhead } from '../bulkhead/bulkhead.ts';
import { Endpoint } from '../endpoints/endpoint.ts';
import { EndpointSet } from '../endpoints/endpoint-set.ts';
import type { EndpointSpec } from '../endpoints/target.ts';
import { EndpointHealth, type HealthEvent } from '../health/endpoint-health.ts';

const unused = {
  send: () => Promise.reject(new Error('not sent by this test')),
  close: () => Promise.resolve(),
};

export interface TestEndpointOptions {
  readonly maxInFlight?: number;
  /** 0 by default. */
  readonly maxQueue?: number;
  /** By default one failure opens it for 30 s and one probe closes it. */
  readonly breaker?: object;
  readonly onHealth?: (event: HealthEvent) => void;
  /** Told when the breaker's state changes. */
  readonly onBreaker?: () => void;
}

export function testEndpoint(clock: Clock, address: string, options: TestEndpointOptions = {}): Endpoint {
  const { maxInFlight = 10, maxQueue = 0, onHealth, onBreaker } = options;
  const settings = { windowCalls: 1, minimumCalls: 1, jitter: 0, rampUp: '0s', ...options.breaker };
  const breaker = new CircuitBreaker(breakerConfig.parse(settings), {
    clock,
    random: () => 0,
    ...(onBreaker ? { onChange: onBreaker } : {}),
  });
  const bulkhead = new Bulkhead({ maxInFlight, maxQueue, queueFor: 100 }, clock);
  const health = new EndpointHealth(clock, onHealth);
  return new Endpoint({ address, breaker, bulkhead, health, transport: unused });
}

/** A set over these; what is said of each is in the same place of `specs`. */
export function setOf(
  endpoints: readonly Endpoint[],
  specs: readonly Partial<EndpointSpec>[] = [],
): EndpointSet {
  const set = new EndpointSet(({ url }) => {
    const value = endpoints.find(({ address }) => url === `http://${address}`);
    if (!value) throw new TypeError(`an endpoint that this test does not have: ${url}`);
    return { value, release: () => Promise.resolve() };
  });
  set.replace(endpoints.map(({ address }, i) => ({ url: `http://${address}`, weight: 1, ...specs[i] })));
  return set;
}
