/**
 * Which of several media types a client likes best (RFC 9110 §12.5.1): the most specific range says the weight of each;
 * of those with the highest weight, the one that the server names first.
 */

interface MediaRange {
  /** A type, a family such as `application/*`, or any, in lower case. */
  readonly type: string;
  readonly q: number;
}

const MAX_RANGES = 64;

/** One of `offered`; `undefined` where none is acceptable. Without an `Accept` everything is. */
export function preferredType<T extends string>(
  accept: string | undefined,
  offered: readonly T[],
): T | undefined {
  if (accept === undefined || accept.trim() === '' || accept === '*/*') return offered[0];
  const ranges = mediaRanges(accept);
  let best: T | undefined;
  let highest = 0;
  for (const type of offered) {
    const q = weightOf(type, ranges);
    if (q > highest) {
      highest = q;
      best = type;
    }
  }
  return best;
}

function weightOf(type: string, ranges: readonly MediaRange[]): number {
  const family = `${type.slice(0, type.indexOf('/'))}/*`;
  let precision = 0;
  let q = 0;
  for (const range of ranges) {
    const found = range.type === type ? 3 : range.type === family ? 2 : range.type === '*/*' ? 1 : 0;
    if (found <= precision) continue;
    precision = found;
    q = range.q;
  }
  return q;
}

function mediaRanges(accept: string): MediaRange[] {
  return accept
    .split(',', MAX_RANGES)
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
      const q = weight === undefined ? 1 : Number(weight.slice(weight.indexOf('=') + 1));
      return { type, q: q >= 0 && q <= 1 ? q : 0 };
    })
    .filter(({ type }) => type !== '');
}
