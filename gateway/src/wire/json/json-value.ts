/**
 * JSON values as rules work on them: what `JSON.parse` gives, but for numbers that JavaScript cannot hold (RFC 8259 §6):
 * those stay as they were written. Members may have any name, `__proto__` too: they are own properties and nothing else.
 */

declare global {
  interface JSON {
    /** ECMAScript 2026 §25.5: text that is put into the output as it is. */
    rawJSON(text: string): unknown;
  }
}

export type JsonObject = Record<string, unknown>;

/** A number whose digits would be lost as a JavaScript number. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): unknown {
    return JSON.rawJSON(this.text);
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

/** An own member, whatever its name; `undefined` where there is none. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Sets an own member: `__proto__` is a name like any other. */
export function setMember(object: JsonObject, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else object[name] = value;
}

/** A copy that shares nothing: one value may be set in many places. */
export function copyJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyJson);
  if (!isJsonObject(value)) return value;
  const copy: JsonObject = {};
  for (const name of Object.keys(value)) setMember(copy, name, copyJson(value[name]));
  return copy;
}

/** Up to this many digits every number is what it was after it was read and written again. */
const SAFE_DIGITS = 15;

/** Longer numbers stay as they are without a look at their value: a client chooses their length. */
const MAX_COMPARED_CHARS = 64;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON text. `undefined` where it is none, is no UTF-8, or nests deeper than `maxDepth`.
 * A member that comes twice is the last one, as for every JavaScript program.
 */
export function parseJson(bytes: Uint8Array, maxDepth: number): { readonly value: unknown } | undefined {
  const kind = survey(bytes, maxDepth);
  if (kind === 'deep') return undefined;
  try {
    const text = utf8.decode(bytes);
    return { value: kind === 'plain' ? JSON.parse(text) : JSON.parse(text, exactly) };
  } catch {
    return undefined;
  }
}

function exactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  if (source.length > MAX_COMPARED_CHARS) return new ExactNumber(source);
  const written = String(value);
  return written === source || decimal(written) === decimal(source) ? value : new ExactNumber(source);
}

/** A number's digits and exponent, the same for all spellings of one value. */
function decimal(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.slice(sign.length).split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const scale = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${scale}`;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const LOWER_E = 0x65;
const UPPER_E = 0x45;

/** One pass over the bytes: how deep it nests, and whether a number in it may lose digits. */
function survey(bytes: Uint8Array, maxDepth: number): 'plain' | 'exact' | 'deep' {
  let depth = 0;
  let digits = 0;
  let exact = false;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) {
      digits += 1;
      if (digits > SAFE_DIGITS) exact = true;
      continue;
    }
    if (digits > 0) {
      if (byte === DOT) continue;
      if (byte === LOWER_E || byte === UPPER_E) exact = true;
      digits = 0;
    }
    if (byte === QUOTE) {
      i += 1;
      while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > maxDepth) return 'deep';
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return exact ? 'exact' : 'plain';
}
