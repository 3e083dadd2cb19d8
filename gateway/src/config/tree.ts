/**
 * A configuration document with the position of every key and value: what YAML files become before anything is
 * validated, so that every later fault can say where it is.
 */
import type { Path, Position } from './fault.ts';

export interface Entry {
  readonly keyAt: Position;
  value: Node;
}

export interface MapNode {
  readonly kind: 'map';
  readonly at: Position;
  readonly entries: Map<string, Entry>;
}

export interface ListNode {
  readonly kind: 'list';
  readonly at: Position;
  readonly items: Node[];
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly at: Position;
  value: string | number | boolean | null;
  /** The text as written, where the value came from the environment or a file: shown in the value's stead. */
  origin: string | undefined;
  /** True where a fault was already found in it, so that no second one is reported. */
  faulty: boolean;
}

export type Node = MapNode | ListNode | ScalarNode;

/** As plain objects, arrays and scalars. Keys that could reach a prototype were refused when it was read. */
export function toPlain(node: Node): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toPlain);
  const plain: Record<string, unknown> = {};
  for (const [key, entry] of node.entries) plain[key] = toPlain(entry.value);
  return plain;
}

export function child(node: Node | undefined, key: PropertyKey): Node | undefined {
  if (node?.kind === 'map') return node.entries.get(String(key))?.value;
  if (node?.kind === 'list' && typeof key === 'number') return node.items[key];
  return undefined;
}

/** The node under a path, or `undefined` where there is none. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const key of path) node = child(node, key);
  return node;
}

/** Where to point for a path: the value, or the nearest thing around it that exists. */
export function positionOf(root: Node, path: Path): Position {
  let node = root;
  let at = root.at;
  for (const key of path) {
    const next = child(node, key);
    if (!next) return at;
    const keyAt = node.kind === 'map' ? node.entries.get(String(key))?.keyAt : undefined;
    node = next;
    // An empty value has no text of its own: its key stands for it.
    at = keyAt && node.kind === 'scalar' && node.value === null ? keyAt : node.at;
  }
  return at;
}

/** Where a key itself stands. */
export function keyPosition(root: Node, parent: Path, key: string): Position {
  const node = nodeAt(root, parent);
  return (node?.kind === 'map' ? node.entries.get(key)?.keyAt : undefined) ?? positionOf(root, parent);
}

/** The text of a scalar, or `undefined` for anything else. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** Every scalar in a tree, with its path. */
export function* scalars(node: Node, path: Path = []): Generator<[ScalarNode, Path]> {
  if (node.kind === 'scalar') yield [node, path];
  else if (node.kind === 'list') {
    for (const [index, item] of node.items.entries()) yield* scalars(item, [...path, index]);
  } else {
    for (const [key, entry] of node.entries) yield* scalars(entry.value, [...path, key]);
  }
}
