/** How an exchange with a client or an upstream ended, bytes included. */
export interface Outcome {
  /**
   * `complete`: the last byte is through. `aborted`: whoever received it left, or we no longer wanted it
   * (never held against a backend). `failed`: it broke on the sender's side.
   */
  readonly kind: 'complete' | 'aborted' | 'failed';
  /** Body bytes that went through. */
  readonly bytes: number;
  readonly error?: Error;
}

/** A promise of an `Outcome` with its resolver; only the first word counts. */
export class Settlement {
  readonly settled: Promise<Outcome>;
  #resolve: (outcome: Outcome) => void;
  #done = false;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.settled = promise;
    this.#resolve = resolve;
  }

  get done(): boolean {
    return this.#done;
  }

  settle(outcome: Outcome): void {
    if (this.#done) return;
    this.#done = true;
    this.#resolve(outcome);
  }
}
