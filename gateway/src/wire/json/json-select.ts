/** Keeps, drops and renames what a tree of paths names. Objects are made anew, members keep their order. */
import type { PathTree } from './json-tree.ts';
import { isJsonObject, type JsonObject, setMember } from './json-value.ts';

/**
 * The value with what the tree names and the objects and arrays on the way, even where they end up empty. `null` on the
 * way stays, other scalars go. `undefined` where nothing of it is kept.
 */
export function keepNamed(value: unknown, tree: PathTree<true>): unknown {
  if (tree.payload) return value;
  if (value === null) return null;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (let i = 0; i < value.length; i += 1) {
      const below = tree.item(i);
      const kept = below.isEmpty ? undefined : keepNamed(value[i], below);
      if (kept !== undefined) items.push(kept);
    }
    return items;
  }
  if (!isJsonObject(value)) return undefined;
  const object: JsonObject = {};
  for (const name of Object.keys(value)) {
    const below = tree.member(name);
    const kept = below && keepNamed(value[name], below);
    if (kept !== undefined) setMember(object, name, kept);
  }
  return object;
}

/** The value without what the tree names; items that are named leave the array. */
export function dropNamed(value: unknown, tree: PathTree<true>): unknown {
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (let i = 0; i < value.length; i += 1) {
      const below = tree.item(i);
      if (!below.payload) items.push(below.isEmpty ? value[i] : dropNamed(value[i], below));
    }
    return items;
  }
  if (!isJsonObject(value)) return value;
  const object: JsonObject = {};
  for (const name of Object.keys(value)) {
    const below = tree.member(name);
    if (!below?.payload) setMember(object, name, below ? dropNamed(value[name], below) : value[name]);
  }
  return object;
}

/**
 * The value with members under other names. All renames of an object happen at once, by the names that came, so two
 * may be exchanged. A member that came under the new name gives way to the renamed one.
 */
export function renameNamed(value: unknown, tree: PathTree<string>): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown, i) => {
      const below = tree.item(i);
      return below.isEmpty ? item : renameNamed(item, below);
    });
  }
  if (!isJsonObject(value)) return value;
  const names = Object.keys(value);
  const taken = new Set<string>();
  for (const name of names) {
    const renamed = tree.member(name)?.payload;
    if (renamed !== undefined) taken.add(renamed);
  }
  const object: JsonObject = {};
  for (const name of names) {
    const below = tree.member(name);
    const renamed = below?.payload;
    if (renamed === undefined && taken.has(name)) continue;
    setMember(object, renamed ?? name, below ? renameNamed(value[name], below) : value[name]);
  }
  return object;
}
