/**
 * Hashes that come out the same in every process and release, so that all gateways send one key to one place. Not for
 * secrets: whoever can choose keys can choose where they go.
 */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Of all 32-bit numbers, for a text: FNV-1a over its UTF-16 code units, then mixed. */
export function hashText(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), FNV_PRIME);
    if (unit > 0xff) hash = Math.imul(hash ^ (unit >> 8), FNV_PRIME);
  }
  return mix(hash);
}

/** Of all 32-bit numbers, for two of them. */
export function hashPair(a: number, b: number): number {
  return mix(Math.imul(a, 0x9e3779b1) ^ mix(b));
}

/** A hash as a point in [0, 1). */
export function pointOf(hash: number): number {
  return hash / 2 ** 32;
}

/** The finaliser of MurmurHash3: each bit of the input changes half of the output's. */
function mix(input: number): number {
  let hash = input;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
