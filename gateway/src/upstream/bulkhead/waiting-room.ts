/**
 * Those who wait for a place, by priority: who came first goes first, where each class below the highest counts as
 * having come `agingMs` later. So higher classes go before lower ones, within a class it is first come first served,
 * and nobody is passed for longer than that: whoever has waited has grown old enough.
 *
 * When it is full, whoever would be the last to go is the one to be refused, the newcomer included.
 */
import type { Priority } from '../../core/priority.ts';

export class Waiter {
  readonly priority: Priority;
  readonly since: number;
  readonly admit: () => void;
  readonly evict: () => void;
  before: Waiter | undefined = undefined;
  after: Waiter | undefined = undefined;
  isWaiting = false;

  /** `since`: by the clock's `now`. */
  constructor(priority: Priority, since: number, admit: () => void, evict: () => void) {
    this.priority = priority;
    this.since = since;
    this.admit = admit;
    this.evict = evict;
  }
}

/** One class, in the order they came. */
class Line {
  first: Waiter | undefined = undefined;
  last: Waiter | undefined = undefined;
}

export class WaitingRoom {
  readonly #agingMs: number;
  /** By priority. */
  readonly #lines: readonly Line[] = [new Line(), new Line(), new Line()];
  #size = 0;

  constructor(agingMs: number) {
    this.#agingMs = agingMs;
  }

  get size(): number {
    return this.#size;
  }

  add(waiter: Waiter): void {
    const line = this.#lines[waiter.priority];
    if (!line) return;
    waiter.before = line.last;
    if (line.last) line.last.after = waiter;
    else line.first = waiter;
    line.last = waiter;
    waiter.isWaiting = true;
    this.#size += 1;
  }

  /** Whoever is not there any more is not taken away again. */
  remove(waiter: Waiter): void {
    const line = this.#lines[waiter.priority];
    if (!waiter.isWaiting || !line) return;
    const { before, after } = waiter;
    if (before) before.after = after;
    else line.first = after;
    if (after) after.before = before;
    else line.last = before;
    waiter.before = undefined;
    waiter.after = undefined;
    waiter.isWaiting = false;
    this.#size -= 1;
  }

  /** Whose turn it is. */
  get next(): Waiter | undefined {
    let next: Waiter | undefined;
    for (const { first } of this.#lines)
      if (first && (!next || this.#rank(first) < this.#rank(next))) next = first;
    return next;
  }

  /** Whoever would go last, where a newcomer of this priority would go before it; `undefined` where none would. */
  yielding(priority: Priority, now: number): Waiter | undefined {
    let yielding: Waiter | undefined;
    let latest = now + priority * this.#agingMs;
    for (const { last } of this.#lines) {
      if (!last || this.#rank(last) <= latest) continue;
      latest = this.#rank(last);
      yielding = last;
    }
    return yielding;
  }

  #rank({ since, priority }: Waiter): number {
    return since + priority * this.#agingMs;
  }
}
