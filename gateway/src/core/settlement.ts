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
  /** What its end said that it was, where the head could not know: a gRPC call that failed after a message. */
  readonly status?: number;
}

type Listener = (outcome: Outcome) => void;

/** The word on how something ended, said once: only the first counts. */
export class Settlement {
  #outcome: Outcome | undefined;
  /** Nearly always one or two. */
  #listener: Listener | undefined;
  #listeners: Listener[] | undefined;
  #promise: Promise<Outcome> | undefined;

  get done(): boolean {
    return this.#outcome !== undefined;
  }

  /** For who waits; made when it is first asked for. */
  get settled(): Promise<Outcome> {
    this.#promise ??= new Promise((resolve) => this.whenSettled(resolve));
    return this.#promise;
  }

  /** Calls `listener` once, as it settles, or now where it has: no promise is made. It must not throw. */
  whenSettled(listener: Listener): void {
    if (this.#outcome) listener(this.#outcome);
    else if (!this.#listener) this.#listener = listener;
    else {
      this.#listeners ??= [];
      this.#listeners.push(listener);
    }
  }

  settle(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    const first = this.#listener;
    const others = this.#listeners;
    this.#listener = undefined;
    this.#listeners = undefined;
    first?.(outcome);
    if (others) for (const listener of others) listener(outcome);
  }
}
