/** Writing JSON strings. */

/** Shorter strings are scanned by a loop, longer ones by what the engine has vectorised: measured on Node 24. */
const LOOP_MAX = 20;
const REGEXP_MAX = 100;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that JSON must escape (RFC 8259 §7).
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above; one range is scanned twice as fast.
const CONTROL = /[\u0000-\u001f]/;

/** As `JSON.stringify(text)`; most strings hold nothing to escape and are only put in quotes. */
export function quote(text: string): string {
  const { length } = text;
  if (length <= LOOP_MAX) return quoteShort(text, length);
  const plain =
    length <= REGEXP_MAX
      ? !NEEDS_ESCAPE.test(text)
      : !text.includes('"') && !text.includes('\\') && text.isWellFormed() && !CONTROL.test(text);
  return plain ? `"${text}"` : JSON.stringify(text);
}

function quoteShort(text: string, length: number): string {
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    // Quote, backslash, control characters, surrogates (a lone one must be escaped).
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) {
      return JSON.stringify(text);
    }
  }
  return `"${text}"`;
}
