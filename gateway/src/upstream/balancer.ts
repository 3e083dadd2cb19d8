/** The shape of every balancing algorithm: which of several endpoints takes the next call. */

export interface Candidate {
  /** Share of the calls, against the others' weights. */
  readonly weight: number;
  readonly inFlight: number;
  readonly available: boolean;
}

/** Picks one of the available candidates other than `avoid`; `undefined` when there is none. */
export type Balancer = <C extends Candidate>(candidates: readonly C[], avoid: C | undefined) => C | undefined;
