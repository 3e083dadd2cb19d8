/**
 * A regular expression's tree as a nondeterministic automaton (Thompson's construction): states with at most one
 * labelled edge, and edges that cost nothing, the preferred one first, which is what decides how far groups reach.
 */
import { RegexError, type RegexNode } from './regex-syntax.ts';

const MAX_STATES = 8000;

export class Nfa {
  /** Edges that cost nothing, by state, in the order of preference. */
  readonly free: number[][] = [];
  /** The symbols that lead on from a state; `undefined` where none does. */
  readonly labels: (Uint8Array | undefined)[] = [];
  /** Where they lead. */
  readonly targets: number[] = [];
  /** Slots of `groups` that a state marks on the way: twice the group for its start, and one more for its end. */
  readonly marks: (number | undefined)[] = [];
  readonly groups: string[] = [];
  /** The one accepting state; state 0 is the start. */
  readonly last: number;

  /** @throws RegexError for one that is too large. */
  constructor(node: RegexNode) {
    this.last = this.#from(node, this.#state());
  }

  #from(node: RegexNode, start: number): number {
    switch (node.kind) {
      case 'set': {
        const end = this.#state();
        this.labels[start] = node.set;
        this.targets[start] = end;
        // The next part begins on a state of its own, so that no state gets a second label.
        return this.#after(end);
      }
      case 'sequence':
        return node.parts.reduce((at, part) => this.#from(part, at), this.#after(start));
      case 'choice': {
        const end = this.#state();
        for (const part of node.parts) this.#free(this.#from(part, this.#after(start)), end);
        return end;
      }
      case 'group': {
        const slot = 2 * (this.groups.push(node.name) - 1);
        const inside = this.#after(start);
        this.marks[inside] = slot;
        const end = this.#after(this.#from(node.part, this.#after(inside)));
        this.marks[end] = slot + 1;
        return this.#after(end);
      }
      case 'repeat':
        return this.#repeat(node, start);
    }
  }

  #repeat({ part, min, max, isLazy }: Extract<RegexNode, { kind: 'repeat' }>, start: number): number {
    let at = this.#after(start);
    for (let i = 0; i < min; i += 1) at = this.#from(part, at);
    const end = this.#state();
    if (max === Number.POSITIVE_INFINITY) {
      at = this.#after(at);
      const again = this.#fork(at, end, isLazy);
      this.#free(this.#from(part, again), at);
      return end;
    }
    for (let i = min; i < max; i += 1) at = this.#from(part, this.#fork(at, end, isLazy));
    this.#free(at, end);
    return end;
  }

  /** A state from which another repetition begins; from `at` it is preferred to `end`, or else the other way round. */
  #fork(at: number, end: number, isLazy: boolean): number {
    const again = this.#state();
    for (const to of isLazy ? [end, again] : [again, end]) this.#free(at, to);
    return again;
  }

  #state(): number {
    if (this.free.length >= MAX_STATES) throw new RegexError('is too large');
    this.labels.push(undefined);
    this.targets.push(-1);
    this.marks.push(undefined);
    return this.free.push([]) - 1;
  }

  #after(state: number): number {
    const next = this.#state();
    this.#free(state, next);
    return next;
  }

  #free(from: number, to: number): void {
    this.free[from]?.push(to);
  }
}
