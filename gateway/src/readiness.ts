/**
 * Why a process that serves should get no traffic: it drains, or keys and endpoints that it needs were never had. Once they
 * were, an outage of an issuer or of a registry takes no gateway out of service.
 */
import type { Identities } from './identities/identities.ts';
import type { Upstreams } from './upstream/upstream.ts';

/** What of a snapshot has to be had before it can answer. */
export interface Needed {
  readonly identities: Pick<Identities, 'keySets'>;
  readonly upstreams: Pick<Upstreams, 'missing'>;
}

export interface ReadinessOptions {
  readonly draining: () => boolean;
  /** What serves; `undefined` until something does. */
  readonly serving: () => Needed | undefined;
  /** Further reasons, of who started the process. */
  readonly further?: (() => readonly string[]) | undefined;
}

export class Readiness {
  readonly #options: ReadinessOptions;
  #hadKeys = false;
  #hadEndpoints = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** Empty where traffic may come. Keys that are missing are asked for again. */
  because(): readonly string[] {
    const { draining, serving, further } = this.#options;
    const reasons: string[] = [...(further?.() ?? [])];
    if (draining()) reasons.push('draining');
    const needed = serving();
    if (needed) reasons.push(...this.#missingKeys(needed), ...this.#missingEndpoints(needed));
    return reasons;
  }

  #missingKeys({ identities }: Needed): readonly string[] {
    if (this.#hadKeys) return [];
    const missing = identities.keySets.filter((keys) => !keys.ready);
    this.#hadKeys = missing.length === 0;
    return missing.map((keys) => {
      void keys.warm();
      return `the token issuer's keys could not be fetched yet: ${keys.label}`;
    });
  }

  #missingEndpoints({ upstreams }: Needed): readonly string[] {
    if (this.#hadEndpoints) return [];
    const missing = upstreams.missing();
    this.#hadEndpoints = missing.length === 0;
    return missing;
  }
}
