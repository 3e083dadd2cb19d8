/** An endpoint as one upstream of one snapshot sees it: with its weight, its zone and its priority there. */
import type { Pickable } from '../balancing/balancer.ts';
import { hashText } from '../balancing/stable-hash.ts';
import type { Endpoint } from './endpoint.ts';

/** What is said of an endpoint, by the configuration or by a registry of services. */
export interface EndpointSpec {
  /** Scheme, host, port and base path. */
  readonly url: string;
  /**
   * The IP address that connections go to, where the URL's host is the name that the backend is asked by (`Host`, and
   * TLS's server name); `undefined` where the host is both.
   */
  readonly address?: string | undefined;
  /** Share of the calls, against the others' weights: 1 to 1000. */
  readonly weight: number;
  /** Where it stands, such as `eu-west-1a`; `undefined` where nobody said. */
  readonly zone?: string | undefined;
  /** 0 is asked first; a higher number only where those before it are ill. */
  readonly priority?: number | undefined;
}

export class Target implements Pickable {
  readonly endpoint: Endpoint;
  readonly spec: EndpointSpec;
  /** By the URL alone, so that a key keeps its place when a weight changes. */
  readonly hash: number;
  /** The same for what has no end of its own: streams are spread by how many are open. */
  readonly forStreams: StreamTarget;
  #weight: number;

  constructor(endpoint: Endpoint, spec: EndpointSpec) {
    this.endpoint = endpoint;
    this.spec = spec;
    this.hash = hashText(spec.address === undefined ? spec.url : `${spec.url} ${spec.address}`);
    this.#weight = spec.weight;
    this.forStreams = new StreamTarget(this);
  }

  get weight(): number {
    return this.#weight;
  }

  /** While it warms up it has a part of its weight: `factor` of it, more than 0 and at most 1. */
  setWarmth(factor: number): void {
    this.#weight = this.spec.weight * factor;
  }

  get inFlight(): number {
    return this.endpoint.inFlight;
  }

  get latencyMs(): number {
    return this.endpoint.latency?.valueMs ?? 0;
  }

  get available(): boolean {
    return this.endpoint.available;
  }
}

class StreamTarget implements Pickable {
  readonly endpoint: Endpoint;
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
    this.endpoint = target.endpoint;
  }

  get hash(): number {
    return this.#target.hash;
  }

  get weight(): number {
    return this.#target.weight;
  }

  get latencyMs(): number {
    return this.#target.latencyMs;
  }

  get inFlight(): number {
    return this.endpoint.streams.inFlight;
  }

  get available(): boolean {
    const { streams, breaker } = this.endpoint;
    return !streams.full && (breaker === undefined || breaker.admits);
  }
}
