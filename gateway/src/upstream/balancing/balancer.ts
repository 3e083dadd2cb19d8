/** The shape of every balancing algorithm: which of several endpoints takes the next call. */

export interface Candidate {
  /** Share of the calls, against the others' weights. More than 0; a fraction while it is warming up. */
  readonly weight: number;
  readonly inFlight: number;
  readonly available: boolean;
}

/** What this room's algorithms may ask of a candidate. */
export interface Pickable extends Candidate {
  /** The same for the same place in every process; of all 32-bit numbers. */
  readonly hash: number;
  /** Milliseconds that a call takes there, as its peak-sensitive average says; 0 where nobody knows. */
  readonly latencyMs: number;
}

/**
 * Picks one of the available candidates other than `avoid`; `undefined` when there is none. `key` is the hash of what
 * the call is to stick by: only the algorithms that hash read it, and it is `undefined` where the call has none.
 */
export type Balancer<Needs extends Candidate = Pickable> = <C extends Needs>(
  candidates: readonly C[],
  avoid: C | undefined,
  key?: number,
) => C | undefined;
