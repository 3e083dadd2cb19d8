/**
 * Several files as one. `include: [a.yaml, b.yaml]` at the top of a file joins them to it, paths relative to that
 * file: maps are merged key by key, top-level lists (routes, consumers, bffs) are joined, included ones first,
 * and any other value of the including file replaces the included one. Two included files that set the same
 * value differently would make the order matter, so that is a fault.
 */
import { dirname, isAbsolute, join } from 'node:path';
import { type Fault, faultAt, type Path, type Position } from './fault.ts';
import type { ReadText } from './substitution.ts';
import type { MapNode, Node, ScalarNode } from './tree.ts';
import { readYaml } from './yaml-source.ts';

const MAX_FILES = 64;

export interface Joined {
  readonly root: MapNode;
  readonly faults: readonly Fault[];
  /** Every file that was read, in order. */
  readonly files: readonly string[];
}

export function readFiles(entry: string, read: ReadText): Joined {
  const joiner = new Joiner(read);
  const root = joiner.load(entry, undefined, []);
  return { root, faults: joiner.faults, files: [...joiner.files] };
}

class Joiner {
  readonly faults: Fault[] = [];
  readonly files = new Set<string>();
  readonly #read: ReadText;

  constructor(read: ReadText) {
    this.#read = read;
  }

  load(file: string, from: Position | undefined, stack: readonly string[]): MapNode {
    const start: Position = { file, line: 1, column: 1 };
    const nothing: MapNode = { kind: 'map', at: start, entries: new Map() };
    const fail = (message: string): MapNode => {
      this.faults.push(faultAt(from ?? start, from ? ['include'] : [], message));
      return nothing;
    };
    if (stack.includes(file)) return fail(`"${file}" includes itself: ${[...stack, file].join(' → ')}`);
    if (this.files.has(file)) return fail(`"${file}" is included twice`);
    if (this.files.size >= MAX_FILES) return fail(`expected at most ${MAX_FILES} files`);
    this.files.add(file);
    const found = this.#read(file);
    if (!found.ok) return fail(`the file "${file}" cannot be read: ${found.reason}`);

    const source = readYaml(file, found.text);
    this.faults.push(...source.faults);
    const included = source.root.entries.get('include');
    source.root.entries.delete('include');
    if (!included) return source.root;
    const base: MapNode = { kind: 'map', at: source.root.at, entries: new Map() };
    for (const scalar of this.#names(included.value)) {
      const name = String(scalar.value);
      const path = isAbsolute(name) ? name : join(dirname(file), name);
      this.#merge(base, this.load(path, scalar.at, [...stack, file]), [], 'siblings');
    }
    this.#merge(base, source.root, [], 'override');
    return base;
  }

  #names(node: Node): ScalarNode[] {
    const items = node.kind === 'list' ? node.items : [node];
    const names = items.filter((item) => item.kind === 'scalar' && typeof item.value === 'string');
    if (names.length < items.length || items.length === 0) {
      this.faults.push(faultAt(node.at, ['include'], 'expected the name of a file, or a list of names'));
    }
    return names.filter((item) => item.kind === 'scalar');
  }

  #merge(into: MapNode, from: MapNode, path: Path, mode: 'siblings' | 'override'): void {
    for (const [key, entry] of from.entries) {
      const present = into.entries.get(key);
      const where = [...path, key];
      if (!present) into.entries.set(key, entry);
      else if (present.value.kind === 'map' && entry.value.kind === 'map') {
        this.#merge(present.value, entry.value, where, mode);
      } else if (path.length === 0 && present.value.kind === 'list' && entry.value.kind === 'list') {
        present.value.items.push(...entry.value.items);
      } else if (mode === 'override') into.entries.set(key, entry);
      else {
        const { file, line } = present.keyAt;
        this.faults.push(
          faultAt(entry.keyAt, where, `is set already by ${file}:${line}, included beside it`),
        );
      }
    }
  }
}
