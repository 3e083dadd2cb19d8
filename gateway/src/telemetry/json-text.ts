/**
 * JSON text for log lines, written by hand where that is cheap. Beyond what JSON asks for, DEL, the C1 controls
 * and the line separators are escaped, so that no terminal and no line reader takes a client's bytes for commands.
 */

/** A JSON string of at most `max` characters; longer ones end in `…`. */
export function quote(text: string, max = MAX_CHARS): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  for (let i = 0; i < cut.length; i += 1) {
    const code = cut.charCodeAt(i);
    if (code < 0x20 || code === 0x22 || code === 0x5c || code >= 0x7f) return escapeAll(cut);
  }
  return `"${cut}"`;
}

const MAX_CHARS = 2_048;

const UNSAFE = /[\u007f-\u009f\u2028\u2029]/g;

function escapeAll(text: string): string {
  return JSON.stringify(text).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `null` for what is unknown, else a JSON string. */
export function quoteOrNull(text: string | undefined): string {
  return text === undefined ? 'null' : quote(text);
}

/** `.5` for 500 thousandths, and nothing for none: number formatting costs more than this look-up. */
const FRACTIONS = Array.from({ length: 1_000 }, (_, thousandths) =>
  thousandths === 0 ? '' : `.${String(thousandths).padStart(3, '0').replace(/0+$/, '')}`,
);

/** A number (≥ 0) with at most three decimals: milliseconds to the microsecond. */
export function decimal(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return 'null';
  const thousandths = Math.round(value * 1_000);
  const whole = Math.floor(thousandths / 1_000);
  return whole + (FRACTIONS[thousandths - whole * 1_000] ?? '');
}

let lastMs = 0;
let lastTime = '';

/** A wall clock's milliseconds as RFC 3339; requests of one millisecond share the text. */
export function timestamp(wallMs: number): string {
  if (wallMs !== lastMs) {
    lastMs = wallMs;
    lastTime = new Date(wallMs).toISOString();
  }
  return lastTime;
}
