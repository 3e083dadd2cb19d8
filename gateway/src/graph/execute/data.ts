/**
 * The merged data of a running operation, and how it is read and written. Objects come from `JSON.parse`, whose
 * keys are always own properties; keys of ours are written so that `__proto__` becomes an own key as well.
 * Readers ask `inherited` once, when they are compiled, and pay for the own-key check for such names alone.
 */
import { Failure } from './failure.ts';

export type DataObject = { [key: string]: unknown };

export function isDataObject(value: unknown): value is DataObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Failure);
}

/** Whether a plain object has something under this name that nobody put there (`constructor`, `__proto__`). */
export function inherited(name: string): boolean {
  return name in Object.prototype;
}

/** Reads an own property, whatever its name. */
export function getOwn(object: DataObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Writes an own property, whatever its name. */
export function setOwn(object: DataObject, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[name] = value;
  }
}

/**
 * Where the failure stands that kept the concrete type of an object from being known: it has its interface's name
 * (from an interface object), and the fetch that was to tell its type failed. No name that GraphQL allows.
 */
export const UNTYPED = '__typename?';

/** What a fetch writes: response keys, and what stands below them. Types are not told apart. */
export interface WrittenKey {
  readonly key: string;
  /** Field and arguments, all that stand under this key: two writers of one key agree when this is equal. */
  readonly signature: string;
  readonly below: readonly WrittenKey[];
}

/**
 * Merges what a reply holds under `keys` into `target`. A value replaces nothing but absence, null, a failure,
 * and an older scalar; objects and lists that both sides have are merged in place.
 * `keepTypename` says which `__typename` must stand: that of an object type, once known.
 */
export function mergeInto(
  target: DataObject,
  source: DataObject,
  keys: readonly WrittenKey[],
  keepTypename: (name: string) => boolean,
): void {
  for (let i = 0; i < keys.length; i++) {
    const written = keys[i];
    if (!written) continue;
    const { key } = written;
    const value = getOwn(source, key);
    if (value === undefined) continue;
    const current = getOwn(target, key);
    if (current === undefined || current === null) setOwn(target, key, value);
    else mergeValue(target, key, current, value, written, keepTypename);
  }
}

function mergeValue(
  target: DataObject,
  key: string,
  current: unknown,
  value: unknown,
  written: WrittenKey,
  keepTypename: (name: string) => boolean,
): void {
  if (value === null || value === current) return;
  if (written.below.length === 0) {
    if (value instanceof Failure) return;
    if (key === '__typename' && typeof current === 'string' && keepTypename(current)) return;
    setOwn(target, key, value);
    return;
  }
  if (isDataObject(current) && isDataObject(value)) {
    mergeInto(current, value, written.below, keepTypename);
  } else if (Array.isArray(current) && Array.isArray(value)) {
    mergeLists(current, value, written, keepTypename);
  } else if (value instanceof Failure && typeof current === 'object' && !(current instanceof Failure)) {
    markMissing(current, written.below, value);
  }
}

/** Lists are joined item by item where they have one length; otherwise nothing says which item is which. */
function mergeLists(
  current: unknown[],
  value: readonly unknown[],
  written: WrittenKey,
  keepTypename: (name: string) => boolean,
): void {
  if (current.length !== value.length) return;
  for (let i = 0; i < current.length; i++) {
    const mine = current[i];
    const theirs = value[i];
    if (isDataObject(mine) && isDataObject(theirs)) mergeInto(mine, theirs, written.below, keepTypename);
    else if (Array.isArray(mine) && Array.isArray(theirs)) mergeLists(mine, theirs, written, keepTypename);
  }
}

/** Puts `failure` wherever one of `keys` has no value yet: what a fetch that failed would have brought. */
export function markMissing(target: unknown, keys: readonly WrittenKey[], failure: Failure): void {
  if (Array.isArray(target)) {
    for (const item of target) markMissing(item, keys, failure);
  } else if (isDataObject(target)) {
    for (const { key, below } of keys) {
      const current = getOwn(target, key);
      if (current === undefined) setOwn(target, key, failure);
      else if (below.length > 0) markMissing(current, below, failure);
    }
  }
}
