/** Ranges of a whole stored reply (RFC 9110 §14): one range of bytes; anything else is answered with the whole. */

export interface ByteRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

const ONE_RANGE = /^bytes=(\d*)-(\d*)$/i;

/**
 * The part of `size` bytes that `Range` asks for; `unsatisfiable` where it lies beyond; `undefined` where it is to be
 * ignored: no range of bytes, or several.
 */
export function byteRange(value: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = ONE_RANGE.exec(value.trim());
  const [, from = '', to = ''] = match ?? [];
  if (!match || (from === '' && to === '')) return undefined;
  if (from === '') {
    const suffix = Number(to);
    if (suffix === 0 || size === 0) return 'unsatisfiable';
    return { first: Math.max(0, size - suffix), last: size - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return undefined;
  if (first >= size) return 'unsatisfiable';
  return { first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}
