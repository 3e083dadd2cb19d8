/** The source of all random choices of a test: whole numbers from somewhere. */
export class Choice {
  readonly #int: (min: number, max: number) => number;

  /** `int` gives a number from `min` to `max`, both included. */
  constructor(int: (min: number, max: number) => number) {
    this.#int = int;
  }

  int(min: number, max: number): number {
    return this.#int(min, Math.max(min, max));
  }

  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean {
    return this.int(1, 100) <= percent;
  }

  /** Throws for an empty list. */
  one<T>(list: readonly T[]): T {
    const [item] = list.slice(this.int(0, list.length - 1));
    if (item === undefined) throw new RangeError('nothing to choose from');
    return item;
  }

  /** Some of a list, in its order; at least `least`, as far as there are. */
  some<T>(list: readonly T[], least: number, most = list.length): T[] {
    const left = [...list];
    const wanted = this.int(Math.min(least, left.length), Math.min(most, left.length));
    while (left.length > wanted) left.splice(this.int(0, left.length - 1), 1);
    return left;
  }
}
