/**
 * The breakers of one endpoint where each route template has its own: one bad query must not close the door to all.
 * Keyed on templates, never on raw paths, and bounded: what comes when there are enough shares one.
 */
import type { BreakerState, CircuitBreaker } from './breaker.ts';

const MAX_TEMPLATES = 100;
/** The template of those that have none, or came late. */
const OTHERS = 'other';

export class TemplateBreakers {
  readonly #make: (template: string) => CircuitBreaker;
  readonly #kept = new Map<string, CircuitBreaker>();

  constructor(make: (template: string) => CircuitBreaker) {
    this.#make = make;
  }

  of(template = OTHERS): CircuitBreaker {
    const kept = this.#kept.get(template);
    if (kept) return kept;
    if (this.#kept.size >= MAX_TEMPLATES && template !== OTHERS) return this.of(OTHERS);
    const made = this.#make(template);
    this.#kept.set(template, made);
    return made;
  }

  /** The one of this template, where there is one. */
  find(template: string): CircuitBreaker | undefined {
    return this.#kept.get(template);
  }

  /** Of those that there are, the state that is farthest from closed. */
  get worst(): BreakerState {
    let worst: BreakerState = 'closed';
    for (const { state } of this.#kept.values()) {
      if (state === 'open') return state;
      if (state === 'half-open') worst = state;
    }
    return worst;
  }

  /** How many there are. */
  get size(): number {
    return this.#kept.size;
  }
}
