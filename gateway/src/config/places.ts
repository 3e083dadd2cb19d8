/**
 * Where in its files an entry of a configuration stands, for messages that come after the configuration was read: of
 * two routes that cannot be told apart, and of the route that takes a request.
 */
import { child, type Node, nodeAt } from './tree.ts';

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
