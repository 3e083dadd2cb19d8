/** Tells when a reply was silent for too long. Silence that we ask for ourselves, by holding it back, does not count. */
import type { Clock } from '../../core/clock.ts';

export class SilenceWatch {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #onSilent: () => void;
  #heardAt: number;
  #paused = false;
  #disarm: () => void;

  /** Begins to watch. `onSilent` is called once at most. */
  constructor(clock: Clock, idleMs: number, onSilent: () => void) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#onSilent = onSilent;
    this.#heardAt = clock.now();
    this.#disarm = clock.after(idleMs, () => this.#look());
  }

  /** Something came, or may come again. */
  heard(): void {
    this.#heardAt = this.#clock.now();
    this.#paused = false;
  }

  /** Nothing is wanted until `heard`. */
  pause(): void {
    this.#paused = true;
  }

  stop(): void {
    this.#disarm();
  }

  #look(): void {
    const silentMs = this.#paused ? 0 : this.#clock.now() - this.#heardAt;
    if (silentMs >= this.#idleMs) this.#onSilent();
    else this.#disarm = this.#clock.after(this.#idleMs - silentMs, () => this.#look());
  }
}
