/**
 * Cancellation without the cost of an AbortController (about 1 µs each, and a request would need several).
 * Libraries that want an `AbortSignal` get one from `signal`, made on first use.
 */
export class Cancellation {
  #reason: Error | undefined;
  /** One listener is by far the commonest: it needs no set. */
  #first: ((reason: Error) => void) | undefined;
  #listeners: Set<(reason: Error) => void> | undefined;
  #controller: AbortController | undefined;

  get cancelled(): boolean {
    return this.#reason !== undefined;
  }

  /** Why; `undefined` while nothing was cancelled. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  /** Cancels once; later calls change nothing. Listeners run synchronously, in the order they came. */
  cancel(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    const first = this.#first;
    const listeners = this.#listeners;
    this.#first = undefined;
    this.#listeners = undefined;
    first?.(reason);
    if (listeners) for (const listener of listeners) listener(reason);
    this.#controller?.abort(reason);
  }

  /** Calls `listener` on cancellation (at once when that was before). Returns the way to stop listening. */
  onCancel(listener: (reason: Error) => void): () => void {
    if (this.#reason) {
      listener(this.#reason);
      return noop;
    }
    if (!this.#first && !this.#listeners) {
      this.#first = listener;
      return () => {
        if (this.#first === listener) this.#first = undefined;
      };
    }
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
  }

  throwIfCancelled(): void {
    if (this.#reason) throw this.#reason;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
}

function noop(): void {}
