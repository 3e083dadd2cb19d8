/** Which coding of a reply a client likes best, by `Accept-Encoding` (RFC 9110 §12.5.3). */

/** More than a browser has ever sent; what follows is not read. */
const MAX_CODINGS = 32;

/**
 * The one of `offered` with the greatest weight, of several the first; `undefined` where the reply is best left as it is.
 * Without the field it is. `identity` must be liked better than a coding to come before it.
 */
export function preferredCoding<T extends string>(
  accept: string | undefined,
  offered: readonly T[],
): T | undefined {
  if (accept === undefined || accept === '') return undefined;
  const weights = weightsOf(accept);
  const others = weights.get('*') ?? 0;
  let best: T | undefined;
  let highest = weights.get('identity') ?? 0;
  for (const coding of offered) {
    const weight = weights.get(coding) ?? others;
    const isBetter = best === undefined ? weight >= highest && weight > 0 : weight > highest;
    if (!isBetter) continue;
    best = coding;
    highest = weight;
  }
  return best;
}

function weightsOf(accept: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const item of accept.split(',', MAX_CODINGS)) {
    const semicolon = item.indexOf(';');
    const written = (semicolon < 0 ? item : item.slice(0, semicolon)).trim().toLowerCase();
    if (written === '') continue;
    const weight = semicolon < 0 ? 1 : weightIn(item.slice(semicolon + 1));
    // The old name of the same thing (RFC 9110 §8.4.1.3).
    weights.set(written === 'x-gzip' ? 'gzip' : written, weight);
  }
  return weights;
}

/** Of `q=0.5`; 0 where it is no weight: then better not. */
function weightIn(parameter: string): number {
  const [, text] = /^\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$/i.exec(parameter) ?? [];
  return text === undefined ? 0 : Number(text);
}
