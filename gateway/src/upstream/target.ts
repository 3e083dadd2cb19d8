/** An endpoint as one upstream of one snapshot sees it: with its weight, its zone and its priority there. */
import type { Candidate } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';

/** What is said of an endpoint, by the configuration or by a registry of services. */
export interface EndpointSpec {
  /** Scheme, host, port and base path. */
  readonly url: string;
  /** Share of the calls, against the others' weights: 1 to 1000. */
  readonly weight: number;
  /** Where it stands, such as `eu-west-1a`; `undefined` where nobody said. */
  readonly zone?: string | undefined;
  /** 0 is asked first; a higher number only where those before it are ill. */
  readonly priority?: number | undefined;
}

export class Target implements Candidate {
  readonly endpoint: Endpoint;
  readonly spec: EndpointSpec;
  /** The same for what has no end of its own: streams are spread by how many are open. */
  readonly forStreams: Candidate & { readonly endpoint: Endpoint };

  constructor(endpoint: Endpoint, spec: EndpointSpec) {
    this.endpoint = endpoint;
    this.spec = spec;
    this.forStreams = new StreamTarget(this);
  }

  get weight(): number {
    return this.spec.weight;
  }

  get inFlight(): number {
    return this.endpoint.inFlight;
  }

  get available(): boolean {
    return this.endpoint.available;
  }
}

class StreamTarget implements Candidate {
  readonly endpoint: Endpoint;
  readonly weight: number;

  constructor({ endpoint, weight }: Target) {
    this.endpoint = endpoint;
    this.weight = weight;
  }

  get inFlight(): number {
    return this.endpoint.streams.inFlight;
  }

  get available(): boolean {
    const { streams, breaker } = this.endpoint;
    return !streams.full && (breaker === undefined || breaker.admits);
  }
}
