/**
 * Writes the Protocol Buffers wire format (protobuf.dev/programming-guides/encoding) into one buffer that grows.
 * Numbers are written as the caller's type says; nothing is checked here but the buffer's bounds.
 */

const INITIAL_BYTES = 256;

export const WIRE_VARINT = 0;
export const WIRE_64 = 1;
export const WIRE_LENGTH = 2;
export const WIRE_START_GROUP = 3;
export const WIRE_END_GROUP = 4;
export const WIRE_32 = 5;

const VARINT_BYTES = 10;
const LENGTH_BYTES = 5;

export class WireWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #size = 0;

  /** What was written, in memory of its own. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  tag(field: number, wireType: number): void {
    this.uint32(((field << 3) | wireType) >>> 0);
  }

  uint32(value: number): void {
    this.#room(VARINT_BYTES);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#bytes[this.#size++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#size++] = rest;
  }

  /** A negative number takes ten bytes, as one of 64 bits. */
  int32(value: number): void {
    if (value >= 0) this.uint32(value);
    else this.uint64(BigInt(value));
  }

  sint32(value: number): void {
    this.uint32((value << 1) ^ (value >> 31));
  }

  /** The low 64 bits, in two's complement. */
  uint64(value: bigint): void {
    this.#room(VARINT_BYTES);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#bytes[this.#size++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#size++] = Number(rest);
  }

  sint64(value: bigint): void {
    this.uint64((value << 1n) ^ (value >> 63n));
  }

  fixed32(value: number): void {
    this.#room(4);
    this.#size = this.#bytes.writeInt32LE(value | 0, this.#size);
  }

  fixed64(value: bigint): void {
    this.#room(8);
    this.#size = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#size);
  }

  float(value: number): void {
    this.#room(4);
    this.#size = this.#bytes.writeFloatLE(value, this.#size);
  }

  double(value: number): void {
    this.#room(8);
    this.#size = this.#bytes.writeDoubleLE(value, this.#size);
  }

  string(text: string): void {
    const length = Buffer.byteLength(text);
    this.uint32(length);
    this.#room(length);
    this.#size += this.#bytes.write(text, this.#size, 'utf8');
  }

  bytes(content: Uint8Array): void {
    this.uint32(content.length);
    this.raw(content);
  }

  raw(content: Uint8Array): void {
    this.#room(content.length);
    this.#bytes.set(content, this.#size);
    this.#size += content.length;
  }

  /** Writes what `write` writes with its length before it. */
  delimited(write: () => void): void {
    // One byte is enough for most; where it is not, what was written moves.
    this.#room(LENGTH_BYTES);
    const lengthAt = this.#size;
    this.#size += 1;
    write();
    const end = this.#size;
    const length = end - lengthAt - 1;
    if (length > 0x7f) {
      const more = varintSize(length) - 1;
      this.#room(more);
      this.#bytes.copyWithin(lengthAt + 1 + more, lengthAt + 1, end);
      this.#size = lengthAt;
      this.uint32(length);
      this.#size = end + more;
    } else {
      this.#bytes[lengthAt] = length;
    }
  }

  #room(bytes: number): void {
    if (this.#size + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#size + bytes));
    this.#bytes.copy(grown, 0, 0, this.#size);
    this.#bytes = grown;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size += 1;
  return size;
}
