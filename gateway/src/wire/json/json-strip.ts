/**
 * Takes named members out of a JSON text (RFC 8259) and leaves every other byte as it was: numbers keep all their
 * digits, duplicates and order stay. A text that is not wholly valid JSON yields nothing, so that whoever must not
 * let a member through can refuse it.
 *
 * A path is one name, which is taken out at every depth, or names joined by dots, which lead from the top; arrays on
 * the way are looked through. `secret` · `user.secret` · `items.price` (in each item).
 */
import { z } from 'zod';

export const stripConfig = z
  .array(
    z
      .string()
      .max(256)
      .regex(/^[^.]+(\.[^.]+)*$/, 'expected a member name, or names joined by dots'),
  )
  .max(256)
  .default([])
  .describe('JSON members that no client may see: a name at every depth, or a path from the top');

/** The text without the members, or `undefined` when it is not valid JSON or too deep. */
export type JsonStripper = (text: Uint8Array) => Uint8Array | undefined;

/** Deeper texts are refused (field/SECURITY.md §4). */
export const MAX_JSON_DEPTH = 64;

interface PathNode {
  readonly children: Map<string, PathNode>;
  cut: boolean;
}

export function makeJsonStripper(paths: readonly string[]): JsonStripper {
  const everywhere = new Set<string>();
  const root: PathNode = { children: new Map(), cut: false };
  for (const path of paths) {
    const names = path.split('.');
    const [only] = names;
    if (names.length === 1 && only !== undefined) everywhere.add(only);
    else addPath(root, names);
  }
  return (text) => new Cutter(text, everywhere).run(root);
}

/** As `makeJsonStripper`, by paths alone: a single name is one at the top. */
export function makePathStripper(paths: readonly (readonly string[])[]): JsonStripper {
  const root: PathNode = { children: new Map(), cut: false };
  for (const names of paths) addPath(root, names);
  return (text) => new Cutter(text, new Set()).run(root);
}

/** One after the other, where there are two. */
export function bothStrip(
  first: JsonStripper | undefined,
  second: JsonStripper | undefined,
): JsonStripper | undefined {
  if (!first || !second) return first ?? second;
  return (text) => {
    const stripped = first(text);
    return stripped && second(stripped);
  };
}

function addPath(root: PathNode, names: readonly string[]): void {
  let node = root;
  for (const name of names) {
    let child = node.children.get(name);
    if (!child) {
      child = { children: new Map(), cut: false };
      node.children.set(name, child);
    }
    node = child;
  }
  node.cut = true;
}

class Malformed extends Error {}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;
const UPPER_E = 0x45;
const LOWER_U = 0x75;
const SIMPLE_ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));
const LITERALS: readonly Uint8Array[] = ['true', 'false', 'null'].map((word) => Buffer.from(word));

class Cutter {
  readonly #text: Buffer;
  readonly #everywhere: ReadonlySet<string>;
  readonly #kept: Buffer[] = [];
  #at = 0;
  /** Up to here the text is either kept or cut. */
  #copied = 0;
  /** Above 0 within a member that is cut as a whole. */
  #muted = 0;
  #depth = 0;

  constructor(text: Uint8Array, everywhere: ReadonlySet<string>) {
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.length);
    this.#everywhere = everywhere;
  }

  run(root: PathNode): Uint8Array | undefined {
    const text = this.#text;
    if (text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf) this.#at = 3;
    try {
      this.#value(root);
    } catch (error) {
      if (error instanceof Malformed) return undefined;
      throw error;
    }
    if (this.#at !== text.length) return undefined;
    if (this.#copied === 0) return text;
    this.#kept.push(text.subarray(this.#copied));
    return Buffer.concat(this.#kept);
  }

  /** A value with the space around it. */
  #value(node: PathNode | undefined): void {
    this.#space();
    const byte = this.#text[this.#at] ?? 0;
    if (byte === OPEN_OBJECT) this.#object(node);
    else if (byte === OPEN_ARRAY) this.#array(node);
    else if (byte === QUOTE) this.#string();
    else if (byte === MINUS || isDigit(byte)) this.#number();
    else this.#literal();
    this.#space();
  }

  #object(node: PathNode | undefined): void {
    this.#enter();
    this.#space();
    let kept = 0;
    let comma = -1;
    if (this.#text[this.#at] === CLOSE_OBJECT) {
      this.#leave();
      return;
    }
    for (;;) {
      this.#space();
      const start = this.#at;
      const key = this.#key();
      this.#expect(COLON);
      const child = node?.children.get(key);
      const cut = this.#everywhere.has(key) || child?.cut === true;
      if (cut) this.#muted += 1;
      this.#value(child);
      if (cut) this.#muted -= 1;
      const more = this.#text[this.#at] === COMMA;
      if (!cut) kept += 1;
      else if (this.#muted === 0)
        this.#cut(kept > 0 ? comma : start, kept > 0 || !more ? this.#at : this.#at + 1);
      if (!more) break;
      comma = this.#at;
      this.#at += 1;
    }
    if (this.#text[this.#at] !== CLOSE_OBJECT) throw new Malformed();
    this.#leave();
  }

  #array(node: PathNode | undefined): void {
    this.#enter();
    this.#space();
    if (this.#text[this.#at] === CLOSE_ARRAY) {
      this.#leave();
      return;
    }
    for (;;) {
      this.#value(node);
      if (this.#text[this.#at] !== COMMA) break;
      this.#at += 1;
    }
    if (this.#text[this.#at] !== CLOSE_ARRAY) throw new Malformed();
    this.#leave();
  }

  #enter(): void {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > MAX_JSON_DEPTH) throw new Malformed();
  }

  #leave(): void {
    this.#at += 1;
    this.#depth -= 1;
  }

  #cut(from: number, to: number): void {
    this.#kept.push(this.#text.subarray(this.#copied, from));
    this.#copied = to;
  }

  #key(): string {
    const start = this.#at;
    const escaped = this.#string();
    const text = this.#text.toString('utf8', start + 1, this.#at - 1);
    this.#space();
    return escaped ? String(JSON.parse(`"${text}"`)) : text;
  }

  /** Passes over a string; says whether it held an escape. */
  #string(): boolean {
    const text = this.#text;
    if (text[this.#at] !== QUOTE) throw new Malformed();
    let escaped = false;
    let at = this.#at + 1;
    for (;;) {
      const byte = text[at];
      if (byte === undefined || byte < 0x20) throw new Malformed();
      at += 1;
      if (byte === QUOTE) break;
      if (byte !== BACKSLASH) continue;
      escaped = true;
      const kind = text[at] ?? 0;
      at += 1;
      if (kind === LOWER_U) {
        for (const end = at + 4; at < end; at += 1) if (!isHexDigit(text[at] ?? 0)) throw new Malformed();
      } else if (!SIMPLE_ESCAPES.has(kind)) throw new Malformed();
    }
    this.#at = at;
    return escaped;
  }

  #number(): void {
    const text = this.#text;
    if (text[this.#at] === MINUS) this.#at += 1;
    if (text[this.#at] === ZERO) this.#at += 1;
    else this.#digits();
    if (text[this.#at] === DOT) {
      this.#at += 1;
      this.#digits();
    }
    if (text[this.#at] === LOWER_E || text[this.#at] === UPPER_E) {
      this.#at += 1;
      if (text[this.#at] === PLUS || text[this.#at] === MINUS) this.#at += 1;
      this.#digits();
    }
  }

  #digits(): void {
    if (!isDigit(this.#text[this.#at] ?? 0)) throw new Malformed();
    while (isDigit(this.#text[this.#at] ?? 0)) this.#at += 1;
  }

  #literal(): void {
    for (const word of LITERALS) {
      if (this.#text.subarray(this.#at, this.#at + word.length).equals(word)) {
        this.#at += word.length;
        return;
      }
    }
    throw new Malformed();
  }

  #expect(byte: number): void {
    if (this.#text[this.#at] !== byte) throw new Malformed();
    this.#at += 1;
  }

  #space(): void {
    for (;;) {
      const byte = this.#text[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at += 1;
    }
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}
