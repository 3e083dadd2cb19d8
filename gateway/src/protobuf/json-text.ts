/** JSON text to values, without losing what a 64-bit integer written as a number has beyond 53 bits. */

/** Fewer digits than this are safe in a number. */
const LONG_DIGITS = 16;

interface SourceContext {
  readonly source?: string;
}

/** As `JSON.parse`, but an integer that no number holds becomes a `bigint`. Throws `SyntaxError`. */
export function parseJsonText(text: string): unknown {
  return hasLongDigits(text) ? JSON.parse(text, keepInteger) : JSON.parse(text);
}

function keepInteger(_key: string, value: unknown, context?: SourceContext): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) && source.length <= 20 ? BigInt(source) : value;
}

/** Whether so many digits stand in a row anywhere: rare, and then the slow way is worth it. */
function hasLongDigits(text: string): boolean {
  let run = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    run = code >= 0x30 && code <= 0x39 ? run + 1 : 0;
    if (run >= LONG_DIGITS) return true;
  }
  return false;
}
