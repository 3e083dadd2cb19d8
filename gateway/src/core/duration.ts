/** Durations as people write them in configuration: `250ms`, `1.5s`, `2m`, `1h`, `7d`. */

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/;
const RATE = /^(\d+(?:\.\d+)?)\s*\/\s*(ms|s|min|m|h|d)$/;

/** Milliseconds, or `undefined` where the text is no duration (a bare number is none: its unit would be a guess). */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  const perUnit = MS_PER_UNIT[match?.[2] ?? ''];
  return match && perUnit !== undefined ? Number(match[1]) * perUnit : undefined;
}

/** A rate such as `100/min`, in units per millisecond, or `undefined` where the text is no rate. */
export function parseRate(text: string): number | undefined {
  const match = RATE.exec(text.trim());
  const perUnit = MS_PER_UNIT[match?.[2] ?? ''];
  return match && perUnit !== undefined ? Number(match[1]) / perUnit : undefined;
}
