/**
 * Keeps a storm of one event from drowning the others: past so many lines with one message within the window, the rest is
 * counted, and told in one line when the window is over. Messages are constants of the code, so they are few.
 */
import type { Clock } from '../core/clock.ts';

export interface FloodGateOptions {
  readonly clock: Clock;
  /** Most lines of one message within the window. */
  readonly most: number;
  /** Told at the end of a window in which some were left out. */
  readonly onLeftOut: (level: string, message: string, count: number) => void;
}

interface Window {
  readonly endsAt: number;
  lines: number;
  leftOut: number;
}

export const FLOOD_WINDOW_MS = 10_000;
/** Far more than there are messages; past it nothing is limited rather than everything remembered. */
const MOST_MESSAGES = 2_000;

export class FloodGate {
  readonly #options: FloodGateOptions;
  readonly #windows = new Map<string, Window>();

  constructor(options: FloodGateOptions) {
    this.#options = options;
  }

  /** Whether this line may be written. */
  admits(level: string, message: string): boolean {
    const { clock, most, onLeftOut } = this.#options;
    const now = clock.now();
    let window = this.#windows.get(message);
    if (!window || (now >= window.endsAt && window.leftOut === 0)) {
      if (!window && this.#windows.size >= MOST_MESSAGES) return true;
      window = { endsAt: now + FLOOD_WINDOW_MS, lines: 0, leftOut: 0 };
      this.#windows.set(message, window);
    }
    if (window.lines < most) {
      window.lines += 1;
      return true;
    }
    window.leftOut += 1;
    if (window.leftOut === 1) {
      const closing = window;
      clock.after(window.endsAt - now, () => {
        this.#windows.delete(message);
        onLeftOut(level, message, closing.leftOut);
      });
    }
    return false;
  }
}
