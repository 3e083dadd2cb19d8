/** Signals that a test sends by hand. */
import type { Signals } from './signals.ts';

export class HandSignals implements Signals {
  readonly exits: number[] = [];
  readonly #listeners = new Map<string, (error: Error) => void>();

  on(signal: string, listener: (error: Error) => void): void {
    this.#listeners.set(signal, listener);
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  send(signal: string, error = new Error('stray')): void {
    this.#listeners.get(signal)?.(error);
  }
}
