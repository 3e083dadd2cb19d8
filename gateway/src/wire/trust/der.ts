/**
 * Reads DER (X.690), as far as certificates and revocation lists need it: one element after another, each within its
 * bounds. Nothing is copied.
 */

export const DER_BOOLEAN = 0x01;
export const DER_INTEGER = 0x02;
export const DER_UTC_TIME = 0x17;
export const DER_GENERALIZED_TIME = 0x18;
export const DER_SEQUENCE = 0x30;

export interface DerElement {
  readonly tag: number;
  /** With tag and length. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

const LONG_FORM = 0x80;
const MAX_LENGTH_BYTES = 4;

/** The elements that stand in `bytes`, one after another. Throws a `RangeError` where they do not fill it exactly. */
export function* derElements(bytes: Buffer): Generator<DerElement> {
  let at = 0;
  while (at < bytes.length) {
    const element = elementAt(bytes, at);
    yield element;
    at += element.whole.length;
  }
}

/** The elements within a sequence. Throws a `RangeError` where it is none. */
export function derSequence(element: DerElement | undefined): Generator<DerElement> {
  if (element?.tag !== DER_SEQUENCE) throw new RangeError('expected a sequence');
  return derElements(element.content);
}

/** The first element of `bytes`, which may hold more. */
export function derElement(bytes: Buffer): DerElement {
  return elementAt(bytes, 0);
}

function elementAt(bytes: Buffer, at: number): DerElement {
  const tag = byteAt(bytes, at);
  let length = byteAt(bytes, at + 1);
  let start = at + 2;
  if (length >= LONG_FORM) {
    const count = length - LONG_FORM;
    if (count === 0 || count > MAX_LENGTH_BYTES) throw new RangeError('a length is not in the form of DER');
    length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + byteAt(bytes, start + i);
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError('an element ends after its surroundings');
  return { tag, whole: bytes.subarray(at, end), content: bytes.subarray(start, end) };
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError('an element is cut off');
  return byte;
}
