/**
 * JSON as a body must be (RFC 8259, RFC 7493): UTF-8 without a byte-order mark, no member twice, of a bounded depth. Where
 * two readers could see two values, there is no value.
 */
import { isNestedDeeper } from '../wire/json/json-depth.ts';

const MAX_JSON_DEPTH = 64;

export type JsonReading =
  | { readonly value: unknown }
  /** `isEncoding`: it is not UTF-8 as it should be. */
  | { readonly wrong: string; readonly isEncoding: boolean };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function readJson(bytes: Uint8Array): JsonReading {
  if (isOtherUnicode(bytes)) return wrong('is not UTF-8, or begins with a byte-order mark', true);
  if (isNestedDeeper(bytes, MAX_JSON_DEPTH)) return wrong(`is nested deeper than ${MAX_JSON_DEPTH} levels`);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return wrong('is not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong('is not JSON');
  }
  return hasTwins(text) ? wrong('has a member twice') : { value };
}

function wrong(what: string, isEncoding = false): JsonReading {
  return { wrong: what, isEncoding };
}

/** A byte-order mark of UTF-8, UTF-16 or UTF-32, or the zero bytes of the latter two. */
function isOtherUnicode(bytes: Uint8Array): boolean {
  const [a, b, c] = bytes;
  if (a === 0 || b === 0) return true;
  return (a === 0xef && b === 0xbb && c === 0xbf) || (a === 0xfe && b === 0xff) || (a === 0xff && b === 0xfe);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether an object has a member twice. `text` is JSON. */
export function hasTwins(text: string): boolean {
  /** The names of each object that is open; `undefined` for a list. */
  const open: (Set<string> | undefined)[] = [];
  let isName = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      const start = i + 1;
      let isEscaped = false;
      for (i = start; text.charCodeAt(i) !== QUOTE; i += 1) {
        if (text.charCodeAt(i) !== BACKSLASH) continue;
        isEscaped = true;
        i += 1;
      }
      if (!isName) continue;
      isName = false;
      const written = text.slice(start, i);
      const name = isEscaped ? String(JSON.parse(`"${written}"`)) : written;
      const names = open.at(-1);
      if (names?.has(name)) return true;
      names?.add(name);
    } else if (code === 0x7b) {
      open.push(new Set());
      isName = true;
    } else if (code === 0x5b) {
      open.push(undefined);
      isName = false;
    } else if (code === 0x7d || code === 0x5d) {
      open.pop();
    } else if (code === 0x2c) {
      isName = open.at(-1) !== undefined;
    }
  }
  return false;
}
