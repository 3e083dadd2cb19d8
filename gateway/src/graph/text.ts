/** Writing JSON strings. */

/** Longer strings are scanned by the regular expression engine, shorter ones by a loop: measured on Node 24. */
const LOOP_MAX = 24;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that JSON must escape (RFC 8259 §7).
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** As `JSON.stringify(text)`; most strings hold nothing to escape and are only put in quotes. */
export function quote(text: string): string {
  const { length } = text;
  if (length > LOOP_MAX) return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    // Quote, backslash, control characters, surrogates (a lone one must be escaped).
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) {
      return JSON.stringify(text);
    }
  }
  return `"${text}"`;
}
