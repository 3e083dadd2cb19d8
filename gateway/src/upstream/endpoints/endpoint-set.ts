/**
 * The endpoints of one upstream in one snapshot. They come and go as their source says; each that stays keeps its
 * connections, its breaker and its place. Whoever picks one reads `targets`, which is another array after each change
 * and never changes itself.
 */
import type { Endpoint } from './endpoint.ts';
import type { Lease } from './lease.ts';
import { type EndpointSpec, Target } from './target.ts';

interface Held {
  readonly target: Target;
  readonly lease: Lease<Endpoint>;
}

export class EndpointSet {
  readonly #lease: (spec: EndpointSpec) => Lease<Endpoint>;
  /** By what is said of each. */
  #held = new Map<string, Held>();
  #targets: readonly Target[] = [];
  #streamTargets: readonly Target['forStreams'][] = [];
  #closed = false;

  constructor(lease: (spec: EndpointSpec) => Lease<Endpoint>) {
    this.#lease = lease;
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  /** In the same order. */
  get streamTargets(): readonly Target['forStreams'][] {
    return this.#streamTargets;
  }

  /** Puts these in the place of all that were. What is gone takes no more calls; those under way end in peace. */
  replace(specs: readonly EndpointSpec[]): void {
    if (this.#closed) return;
    const before = this.#held;
    const held = new Map<string, Held>();
    for (const spec of specs) {
      const key = JSON.stringify([spec.url, spec.address, spec.weight, spec.zone, spec.priority]);
      if (held.has(key)) continue;
      const kept = before.get(key);
      if (kept) held.set(key, kept);
      else {
        const lease = this.#lease(spec);
        held.set(key, { lease, target: new Target(lease.value, spec) });
      }
    }
    this.#held = held;
    this.#targets = [...held.values()].map((one) => one.target);
    this.#streamTargets = this.#targets.map((target) => target.forStreams);
    for (const [key, gone] of before) if (!held.has(key)) void gone.lease.release();
  }

  /** Returns all that was leased. */
  async close(): Promise<void> {
    this.#closed = true;
    const held = [...this.#held.values()];
    this.#held = new Map();
    this.#targets = [];
    this.#streamTargets = [];
    await Promise.all(held.map((one) => one.lease.release()));
  }
}
