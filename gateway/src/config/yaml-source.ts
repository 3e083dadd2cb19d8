/**
 * One YAML 1.2 file (core schema) into a tree with positions. Refused, because configuration needs none of it and
 * attacks do: tags, keys that reach a prototype, duplicate keys, several documents, aliases that multiply, and
 * anything past the limits below.
 */
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { type Fault, faultAt, type Path, type Position } from './fault.ts';
import type { Entry, MapNode, Node } from './tree.ts';

export const MAX_FILE_BYTES = 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_NODES = 100_000;
const MAX_ALIASES = 100;
/** What is wrong in so many places is no configuration: nobody reads more of them. */
const MAX_FAULTS = 1_000;
/** A file that was cut short while it was written must not become a gateway without routes. */
const EMPTY = 'says nothing: expected settings, or {} where nothing is meant to be set';
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export interface YamlSource {
  readonly root: MapNode;
  readonly faults: readonly Fault[];
}

/** Reads `text`; what could be read is in `root` even where there are faults, so that later checks find theirs too. */
export function readYaml(file: string, text: string): YamlSource {
  const start: Position = { file, line: 1, column: 1 };
  const empty: MapNode = { kind: 'map', at: start, entries: new Map() };
  const whole = (message: string): YamlSource => ({ root: empty, faults: [faultAt(start, [], message)] });
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) return whole('expected a file of at most 1 MiB');

  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      // Its own check compares every key with every other; the reader below does it with a map.
      uniqueKeys: false,
      stringKeys: true,
      schema: 'core',
      logLevel: 'error',
    });
  } catch (error) {
    if (error instanceof RangeError) return whole(`expected at most ${MAX_DEPTH} levels of nesting`);
    throw error;
  }
  const reader = new Reader(file, document, lines);
  const faults = document.errors.slice(0, MAX_FAULTS).map((error) => {
    const message = error.code === 'MULTIPLE_DOCS' ? 'expected one document, found several' : error.message;
    return faultAt(reader.position(error.pos[0]), [], `is not valid YAML: ${message}`);
  });
  if (document.contents === null) {
    return { root: empty, faults: faults.length > 0 ? faults : [faultAt(start, [], EMPTY)] };
  }
  try {
    const root = reader.read(document.contents, [], 0);
    if (root.kind === 'map') return { root, faults: [...faults, ...reader.faults] };
    faults.push(faultAt(root.at, [], 'expected a map of settings at the top'));
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error;
    faults.push(error.fault);
  }
  return { root: empty, faults: [...faults, ...reader.faults] };
}

class LimitReached extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

class Reader {
  readonly faults: Fault[] = [];
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  #nodes = 0;
  #aliases = 0;

  constructor(file: string, document: Document.Parsed, lines: LineCounter) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
  }

  position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  read(source: unknown, path: Path, depth: number): Node {
    const at = this.position(offsetOf(source));
    this.#nodes += 1;
    if (depth > MAX_DEPTH) this.#stop(at, path, `expected at most ${MAX_DEPTH} levels of nesting`);
    if (this.faults.length >= MAX_FAULTS)
      this.#stop(at, path, `expected fewer than ${MAX_FAULTS} faults in a file`);
    if (this.#nodes > MAX_NODES) this.#stop(at, path, `expected at most ${MAX_NODES} values in a file`);
    if (isAlias(source)) return this.#readAlias(source, path, depth);
    this.#refuseTag(source, at, path);
    if (isMap(source)) {
      const entries = new Map<string, Entry>();
      for (const pair of source.items) this.#readPair(entries, pair.key, pair.value, path, depth);
      return { kind: 'map', at, entries };
    }
    if (isSeq(source)) {
      const items = source.items.map((item, index) => this.read(item, [...path, index], depth + 1));
      return { kind: 'list', at, items };
    }
    const value = isScalar(source) ? source.value : null;
    const plain =
      value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (!plain) this.faults.push(faultAt(at, path, 'expected text, a number, true, false or null'));
    return { kind: 'scalar', at, value: plain ? value : null, origin: undefined, faulty: !plain };
  }

  #readPair(entries: Map<string, Entry>, key: unknown, value: unknown, path: Path, depth: number): void {
    const keyAt = this.position(offsetOf(key));
    if (this.faults.length >= MAX_FAULTS)
      this.#stop(keyAt, path, `expected fewer than ${MAX_FAULTS} faults in a file`);
    if (!isScalar(key) || typeof key.value !== 'string') {
      this.faults.push(faultAt(keyAt, path, 'expected a key of plain text'));
      return;
    }
    const name = key.value;
    this.#refuseTag(key, keyAt, [...path, name]);
    const first = entries.get(name);
    if (FORBIDDEN_KEYS.has(name)) this.faults.push(faultAt(keyAt, path, `the key "${name}" is not allowed`));
    else if (first) {
      this.faults.push(faultAt(keyAt, [...path, name], `is set twice: first on line ${first.keyAt.line}`));
    } else {
      const node = value === null ? this.#absent(keyAt) : this.read(value, [...path, name], depth + 1);
      entries.set(name, { keyAt, value: node });
    }
  }

  #readAlias(alias: Alias, path: Path, depth: number): Node {
    const at = this.position(offsetOf(alias));
    this.#aliases += 1;
    if (this.#aliases > MAX_ALIASES) this.#stop(at, path, `expected at most ${MAX_ALIASES} uses of aliases`);
    const target = alias.resolve(this.#document);
    if (target !== undefined) return this.read(target, path, depth + 1);
    this.faults.push(faultAt(at, path, `no anchor "&${alias.source}" stands before this alias`));
    return { ...this.#absent(at), faulty: true };
  }

  #absent(at: Position) {
    return { kind: 'scalar' as const, at, value: null, origin: undefined, faulty: false };
  }

  #refuseTag(source: unknown, at: Position, path: Path): void {
    if (typeof source !== 'object' || source === null || !('tag' in source)) return;
    if (typeof source.tag === 'string') {
      this.faults.push(faultAt(at, path, `the tag "${source.tag}" is not allowed: expected a plain value`));
    }
  }

  #stop(at: Position, path: Path, message: string): never {
    throw new LimitReached(faultAt(at, path, message));
  }
}

function offsetOf(source: unknown): number {
  if (typeof source !== 'object' || source === null || !('range' in source)) return 0;
  const range = source.range;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0;
}
