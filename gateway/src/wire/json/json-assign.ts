/** Sets, moves and appends by path. Values are changed in place: the caller owns them. */
import { EACH, indexOf, type PathStep } from './json-path.ts';
import { copyJson, ExactNumber, isJsonObject, type JsonObject, member, setMember } from './json-value.ts';

/** What a place gets: `old` is `undefined` where there was nothing; `undefined` leaves it so. */
type Assign = (old: unknown) => unknown;

/**
 * Puts what `give` gives to each place of the path, and answers the value with it. Missing objects on the way are made,
 * but nothing is made for `*`, for digits, or for items that are neither object nor array. `force`: a scalar on the way
 * gives way to an object; otherwise it stays, `null` too.
 */
export function assignAt(
  value: unknown,
  steps: readonly PathStep[],
  give: Assign,
  force: boolean,
  at = 0,
): unknown {
  const step = steps[at];
  if (step === undefined) return give(value);
  if (Array.isArray(value)) {
    assignInArray(value, steps, give, force, at);
    return value;
  }
  if (isJsonObject(value)) {
    if (step === EACH) {
      for (const name of Object.keys(value)) {
        setMember(value, name, assignAt(value[name], steps, give, force, at + 1));
      }
    } else {
      const given = assignAt(member(value, step), steps, give, force, at + 1);
      if (given !== undefined) setMember(value, step, given);
    }
    return value;
  }
  if (step === EACH || (value !== undefined && !force)) return value;
  const given = assignAt(undefined, steps, give, force, at + 1);
  if (given === undefined) return value;
  const object: JsonObject = {};
  setMember(object, step, given);
  return object;
}

function assignInArray(
  items: unknown[],
  steps: readonly PathStep[],
  give: Assign,
  force: boolean,
  at: number,
): void {
  const step = steps[at];
  const index = step === undefined ? undefined : indexOf(step);
  if (index !== undefined) {
    if (index < items.length) items[index] = assignAt(items[index], steps, give, force, at + 1);
    return;
  }
  for (let i = 0; i < items.length; i += 1) {
    const item = items[i];
    if (step === EACH) items[i] = assignAt(item, steps, give, force, at + 1);
    else if (Array.isArray(item) || isJsonObject(item)) assignAt(item, steps, give, force, at);
  }
}

/** A move: at each place of `base` what stands at `from` goes to `to`. */
export interface Relocation {
  readonly base: readonly PathStep[];
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/**
 * Both paths relative to what they have in common. Throws `RangeError` where a `*` stands behind that: then it could not
 * be told which of many goes where.
 */
export function relocation(from: readonly PathStep[], to: readonly PathStep[]): Relocation {
  let common = 0;
  while (common < Math.min(from.length, to.length) - 1 && from[common] === to[common]) common += 1;
  return { base: from.slice(0, common), from: names(from, common), to: names(to, common) };
}

function names(steps: readonly PathStep[], start: number): string[] {
  return steps.slice(start).map((step) => {
    if (step === EACH) throw new RangeError('expected each * in what both paths begin with');
    return step;
  });
}

/**
 * Most characters of JSON that moves may make of one value by putting a part of it into each of many items. Whoever
 * writes the value chooses how large the part is and how many the items are.
 */
const MAX_COPIED_CHARS = 16 * 1024 * 1024;

/** What is put into many places is a value for each. */
class Copies {
  readonly #source: unknown;
  readonly #spend: (chars: number) => void;
  #uses = 0;
  #chars = 0;

  /** `spend` is told of each copy but the first, which is the value itself. */
  constructor(source: unknown, spend: (chars: number) => void) {
    this.#source = source;
    this.#spend = spend;
  }

  next(): unknown {
    this.#uses += 1;
    if (this.#uses === 1) return copyJson(this.#source);
    if (this.#uses === 2) this.#chars = charsOf(this.#source);
    this.#spend(this.#chars);
    return copyJson(this.#source);
  }
}

/** Throws `RangeError` past `MAX_COPIED_CHARS` in all. */
function copyBudget(): (chars: number) => void {
  let left = MAX_COPIED_CHARS;
  return (chars) => {
    left -= chars;
    if (left < 0) throw new RangeError('a value is moved into too many places');
  };
}

/** About as many as its JSON has. */
function charsOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (value instanceof ExactNumber) return value.text.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + charsOf(item) + 1, 2);
  if (!isJsonObject(value)) return 5;
  let chars = 2;
  for (const name of Object.keys(value)) chars += name.length + 4 + charsOf(value[name]);
  return chars;
}

/**
 * Moves, and answers the value. What is not there is not moved; what stands at the new place gives way. Throws
 * `RangeError` where it would make very much of little.
 */
export function moveAt(value: unknown, move: Relocation): unknown {
  const spend = copyBudget();
  return relocate(value, move, 0, (moved) => {
    const copies = new Copies(moved, spend);
    return () => copies.next();
  });
}

/** Appends the items of a list to those of another, which may be missing; the first is gone then. Throws as `moveAt`. */
export function appendAt(value: unknown, move: Relocation): unknown {
  const spend = copyBudget();
  return relocate(value, move, 0, (moved) => {
    const items = moved === undefined ? [] : Array.isArray(moved) ? moved : [moved];
    const copies = new Copies(items, spend);
    return (old) => {
      const before: readonly unknown[] = old === undefined ? [] : Array.isArray(old) ? old : [old];
      const copied = copies.next();
      return Array.isArray(copied) ? [...before, ...copied] : before;
    };
  });
}

function relocate(value: unknown, move: Relocation, at: number, made: (moved: unknown) => Assign): unknown {
  const { base, from, to } = move;
  const step = base[at] ?? from[0];
  if (Array.isArray(value) && step !== undefined) {
    const index = indexOf(step);
    if (index === undefined) {
      const further = step === EACH ? at + 1 : at;
      for (const [i, item] of value.entries()) value[i] = relocate(item, move, further, made);
      return value;
    }
    if (at < base.length) {
      if (index < value.length) value[index] = relocate(value[index], move, at + 1, made);
      return value;
    }
  }
  if (at < base.length) {
    if (!isJsonObject(value)) return value;
    for (const name of step === EACH ? Object.keys(value) : typeof step === 'string' ? [step] : []) {
      const below = member(value, name);
      if (below !== undefined) setMember(value, name, relocate(below, move, at + 1, made));
    }
    return value;
  }
  const taken = take(value, from);
  return taken === undefined ? value : assignAt(value, to, made(taken), true);
}

/**
 * Takes a value out by names and indices, and with it the objects on the way that it alone was in. `undefined` where
 * there is none.
 */
function take(place: unknown, steps: readonly string[], at = 0): unknown {
  const step = steps[at];
  if (step === undefined) return undefined;
  const isLast = at === steps.length - 1;
  if (Array.isArray(place)) {
    const index = indexOf(step);
    if (index === undefined || index >= place.length) return undefined;
    const item: unknown = place[index];
    if (!isLast) return take(item, steps, at + 1);
    place.splice(index, 1);
    return item;
  }
  if (!isJsonObject(place)) return undefined;
  const below = member(place, step);
  const taken = isLast ? below : take(below, steps, at + 1);
  if (isLast || (taken !== undefined && isEmptyObject(below))) delete place[step];
  return taken;
}

function isEmptyObject(value: unknown): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** Drops what stands at the path under its names in any spelling: some backends see no difference between them. */
export function dropTwins(value: unknown, steps: readonly PathStep[], at = 0): void {
  const step = steps[at];
  if (step === undefined || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    const index = indexOf(step);
    for (const [i, item] of value.entries()) {
      if (index === undefined || i === index)
        dropTwins(item, steps, step === EACH || index !== undefined ? at + 1 : at);
    }
    return;
  }
  if (!isJsonObject(value)) return;
  for (const name of Object.keys(value)) {
    if (step !== EACH && folded(name) !== folded(step)) continue;
    if (at === steps.length - 1) delete value[name];
    else dropTwins(value[name], steps, at + 1);
  }
}

/** Alike for all spellings that readers take for the same, such as Go's: its `s` is also `ſ`, its `k` the Kelvin sign. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}
