/**
 * Where in its files an entry of a configuration stands, for messages that come after the configuration was read: of
 * two routes that cannot be told apart, and of the route that takes a request.
 */
import { type Fault, faultAt, type Path } from './fault.ts';
import { child, type Node, nodeAt, positionOf } from './tree.ts';

const places = new WeakMap<object, string>();

/** `entries` are what was made of the list under `path`. */
export function rememberPlaces(entries: readonly object[], root: Node, path: readonly PropertyKey[]): void {
  const list = nodeAt(root, path);
  for (const [i, entry] of entries.entries()) {
    const at = child(list, i)?.at;
    if (at) places.set(entry, `${at.file}:${at.line}:${at.column}`);
  }
}

/** `file:line:column`; `undefined` for an entry that came from no file. */
export function placeOf(entry: object): string | undefined {
  return places.get(entry);
}

const settings = new WeakMap<object, ReadonlyMap<string, Fault>>();

/** Where each key of `value` is written, for faults that are found when what the keys name is read. */
export function rememberSettings(value: object, root: Node, path: Path): void {
  const faults = new Map<string, Fault>();
  for (const key of Object.keys(value)) {
    const at = [...path, key];
    faults.set(key, faultAt(positionOf(root, at), at, ''));
  }
  settings.set(value, faults);
}

/** The fault of one key; `undefined` for what came from no file. */
export function faultOf(value: object, key: string, message: string): Fault | undefined {
  const fault = settings.get(value)?.get(key);
  return fault && { ...fault, message };
}
