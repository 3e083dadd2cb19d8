import { FrontdeskError } from './errors.ts';

/**
 * The one canonical spelling of a request path (RFC 3986 §6.2.2): what is matched, authorised, cached and sent.
 * Percent-encoded unreserved characters are decoded, hex digits are upper case, printable characters that a
 * path may not hold bare are encoded. What two parsers could read differently (dot segments, empty segments,
 * encoded separators, backslashes, control characters, double encoding, broken UTF-8) is refused, not repaired.
 */

const SLASH = 0x2f;
const DOT = 0x2e;
const SEMICOLON = 0x3b;
const PERCENT = 0x25;

const REFUSED = 0;
const PLAIN = 1;
/** Printable, but not allowed bare in a path (RFC 3986 §3.3): browsers send some of them all the same. */
const TO_ENCODE = 2;
/** Allowed bare, and the same character when encoded (RFC 3986 §2.3). */
const UNRESERVED = 3;

const CHARACTERS = characterClasses();

function characterClasses(): Uint8Array {
  const classes = new Uint8Array(128);
  const mark = (characters: string, as: number): void => {
    for (const character of characters) classes[character.charCodeAt(0)] = as;
  };
  mark("!$&'()*+,;=:@/", PLAIN);
  mark('"<>[]^`{|}', TO_ENCODE);
  mark('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~', UNRESERVED);
  return classes;
}

function refuse(detail: string): FrontdeskError {
  return new FrontdeskError('bad_request', { detail });
}

/**
 * `raw` (a path without its query) in canonical form.
 * @throws FrontdeskError `bad_request` for a path that must not be let in; its detail says why.
 */
export function canonicalPath(raw: string): string {
  if (raw.charCodeAt(0) !== SLASH) throw refuse('path does not start with a slash');
  for (let i = 1; i < raw.length; i += 1) {
    const code = raw.charCodeAt(i);
    const kind = code < 128 ? CHARACTERS[code] : REFUSED;
    if (kind === PLAIN || kind === UNRESERVED) continue;
    if (kind === TO_ENCODE || code === PERCENT) return checkedSegments(reencoded(raw));
    throw refuse(`path holds the character ${code}`);
  }
  return checkedSegments(raw);
}

/** Refuses empty, `.` and `..` segments; a segment's parameters (`;…`) do not hide its name, or that it has none. */
function checkedSegments(path: string): string {
  let dots = 0;
  let onlyDots = true;
  for (let i = 1; i < path.length; i += 1) {
    const code = path.charCodeAt(i);
    if (code === DOT) {
      dots += 1;
    } else if (code === SLASH || code === SEMICOLON) {
      if (path.charCodeAt(i - 1) === SLASH) throw refuse('path holds an empty segment');
      if (onlyDots && (dots === 1 || dots === 2)) throw refuse('path holds a dot segment');
      dots = 0;
      onlyDots = code === SLASH;
    } else {
      onlyDots = false;
    }
  }
  if (onlyDots && (dots === 1 || dots === 2)) throw refuse('path ends with a dot segment');
  return path;
}

function reencoded(raw: string): string {
  let path = '';
  const utf8 = new Utf8Check();
  for (let i = 0; i < raw.length; i += 1) {
    const code = raw.charCodeAt(i);
    if (code === PERCENT) {
      const byte = hexByte(raw, i + 1);
      if (byte < 0) throw refuse('path holds a broken percent-encoding');
      if (!utf8.accepts(byte)) throw refuse('path is not UTF-8');
      if (byte < 128) path += encodedAscii(raw, i, byte);
      else path += raw.slice(i, i + 3).toUpperCase();
      i += 2;
      continue;
    }
    const kind = code < 128 ? CHARACTERS[code] : REFUSED;
    if (kind === REFUSED) throw refuse(`path holds the character ${code}`);
    if (!utf8.accepts(code)) throw refuse('path is not UTF-8');
    path += kind === TO_ENCODE ? `%${code.toString(16).toUpperCase()}` : raw.charAt(i);
  }
  if (!utf8.complete) throw refuse('path is not UTF-8');
  return path;
}

function encodedAscii(raw: string, at: number, byte: number): string {
  if (byte < 0x20 || byte === 0x7f) throw refuse('path holds an encoded control character');
  if (byte === SLASH || byte === 0x5c) throw refuse('path holds an encoded slash or backslash');
  if (byte === PERCENT && isDangerousTwice(hexByte(raw, at + 3))) throw refuse('path is encoded twice');
  return CHARACTERS[byte] === UNRESERVED ? String.fromCharCode(byte) : raw.slice(at, at + 3).toUpperCase();
}

/**
 * Whether a second decoding, by a careless backend, would make something of it that we refuse, or another path than the
 * one that was matched (`%2561dmin`: no honest client encodes a letter twice).
 */
function isDangerousTwice(byte: number): boolean {
  if (byte < 0 || byte > 0x7f) return false;
  return (
    byte < 0x20 ||
    byte === PERCENT ||
    byte === SLASH ||
    byte === 0x5c ||
    byte === 0x7f ||
    CHARACTERS[byte] === UNRESERVED
  );
}

/** The value of two hex digits at `at`, or -1. */
function hexByte(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at));
  const low = hexDigit(text.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Follows bytes one by one and refuses what RFC 3629 §4 does not allow: overlong forms and surrogates too. */
class Utf8Check {
  #missing = 0;
  #low = 0x80;
  #high = 0xbf;

  get complete(): boolean {
    return this.#missing === 0;
  }

  accepts(byte: number): boolean {
    if (this.#missing > 0) {
      if (byte < this.#low || byte > this.#high) return false;
      this.#missing -= 1;
      this.#low = 0x80;
      this.#high = 0xbf;
      return true;
    }
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte === 0xe0) this.#low = 0xa0;
    else if (byte === 0xed) this.#high = 0x9f;
    else if (byte === 0xf0) this.#low = 0x90;
    else if (byte === 0xf4) this.#high = 0x8f;
    return true;
  }
}
