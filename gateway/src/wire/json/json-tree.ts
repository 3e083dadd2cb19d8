/** Many paths as one tree, so that a value is walked once whatever their number. */
import { EACH, indexOf, type PathStep } from './json-path.ts';

/** What the paths say below one place of a value. `payload`: what a path that ends here says. */
export class PathTree<T> {
  readonly payload: T | undefined;
  /** Where a name or index of its own is asked for, `EACH` included. */
  readonly #names: ReadonlyMap<string, PathTree<T>>;
  readonly #each: PathTree<T> | undefined;
  #items: { readonly any: PathTree<T>; readonly at: ReadonlyMap<number, PathTree<T>> } | undefined;

  private constructor(
    names: ReadonlyMap<string, PathTree<T>>,
    each: PathTree<T> | undefined,
    payload: T | undefined,
  ) {
    this.#names = names;
    this.#each = each;
    this.payload = payload;
  }

  static of<T>(paths: Iterable<readonly [steps: readonly PathStep[], payload: T]>): PathTree<T> {
    let tree = new PathTree<T>(new Map(), undefined, undefined);
    for (const [steps, payload] of paths) tree = merge(tree, PathTree.#line(steps, 0, payload));
    return tree;
  }

  /** Of two trees, the first's payload where both have one. */
  static merged<T>(first: PathTree<T>, second: PathTree<T>): PathTree<T> {
    const names = new Map(first.#names);
    for (const [name, child] of second.#names) {
      const own = names.get(name);
      names.set(name, own ? merge(own, child) : child);
    }
    const each =
      first.#each && second.#each ? merge(first.#each, second.#each) : (first.#each ?? second.#each);
    return new PathTree(names, each, first.payload ?? second.payload);
  }

  /** Whether nothing is said here or below. */
  get isEmpty(): boolean {
    return this.payload === undefined && this.#each === undefined && this.#names.size === 0;
  }

  /** The names that are asked for by themselves, without `*`. */
  get names(): Iterable<string> {
    return this.#names.keys();
  }

  /** What `*` says. */
  get each(): PathTree<T> | undefined {
    return this.#each;
  }

  /** Below an object's member: its own name says more than `*`, which holds beside it. */
  member(name: string): PathTree<T> | undefined {
    const own = this.#names.get(name);
    if (this.#each === undefined) return own;
    if (own === undefined) return this.#each;
    return this.#both(name, own, this.#each);
  }

  /** Below an array's item; empty where nothing is said. */
  item(index: number): PathTree<T> {
    this.#items ??= this.#ofItems();
    const { any, at } = this.#items;
    return (at.size > 0 ? at.get(index) : undefined) ?? any;
  }

  readonly #bothByName = new Map<string, PathTree<T>>();

  #both(name: string, own: PathTree<T>, each: PathTree<T>): PathTree<T> {
    let both = this.#bothByName.get(name);
    if (!both) {
      both = merge(own, each);
      this.#bothByName.set(name, both);
    }
    return both;
  }

  /** Names go through an array; `*` and digits end at its items. */
  #ofItems(): { any: PathTree<T>; at: Map<number, PathTree<T>> } {
    const through = new Map<string, PathTree<T>>();
    const picked = new Map<number, PathTree<T>>();
    for (const [name, child] of this.#names) {
      const index = indexOf(name);
      if (index === undefined) through.set(name, child);
      else picked.set(index, child);
    }
    const rest = new PathTree<T>(through, undefined, undefined);
    const any = this.#each ? merge(this.#each, rest) : rest;
    const at = new Map<number, PathTree<T>>();
    for (const [index, child] of picked) at.set(index, merge(child, any));
    return { any, at };
  }

  static #line<T>(steps: readonly PathStep[], at: number, payload: T): PathTree<T> {
    const step = steps[at];
    if (step === undefined) return new PathTree<T>(new Map(), undefined, payload);
    const below = PathTree.#line(steps, at + 1, payload);
    return step === EACH
      ? new PathTree<T>(new Map(), below, undefined)
      : new PathTree<T>(new Map([[step, below]]), undefined, undefined);
  }
}

function merge<T>(first: PathTree<T>, second: PathTree<T>): PathTree<T> {
  return PathTree.merged(first, second);
}
