/**
 * Reads the Protocol Buffers wire format (protobuf.dev/programming-guides/encoding). Whatever runs past the end, says
 * a wrong length or is no UTF-8 where text is due throws a `WireFormatError`: the sender is broken.
 */
import {
  WIRE_32,
  WIRE_64,
  WIRE_END_GROUP,
  WIRE_LENGTH,
  WIRE_START_GROUP,
  WIRE_VARINT,
} from './wire-writer.ts';

export class WireFormatError extends Error {
  override readonly name = 'WireFormatError';
}

const MAX_GROUP_DEPTH = 100;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class WireReader {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Field number times eight plus wire type. */
  tag(): number {
    const tag = this.uint32();
    if (tag >>> 3 === 0) throw new WireFormatError('a field has the number 0');
    return tag;
  }

  /** The low 32 bits of a varint. */
  uint32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new WireFormatError('a varint is longer than 10 bytes');
  }

  int32(): number {
    return this.uint32() | 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  uint64(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireFormatError('a varint is longer than 10 bytes');
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  sint64(): bigint {
    const value = this.uint64();
    return (value >> 1n) ^ -(value & 1n);
  }

  fixed32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  sfixed32(): number {
    return this.#bytes.readInt32LE(this.#take(4));
  }

  fixed64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  sfixed64(): bigint {
    return this.#bytes.readBigInt64LE(this.#take(8));
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#take(4));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  bool(): boolean {
    return this.uint64() !== 0n;
  }

  string(): string {
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch {
      throw new WireFormatError('a text is not UTF-8');
    }
  }

  /** A view of what was read; copy what shall live. */
  bytes(): Buffer {
    const length = this.uint32();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader of the next length-delimited piece alone. */
  piece(): WireReader {
    const length = this.uint32();
    const start = this.#take(length);
    return new WireReader(this.#bytes, start, start + length);
  }

  skip(tag: number, depth = 0): void {
    switch (tag & 7) {
      case WIRE_VARINT:
        this.uint64();
        break;
      case WIRE_64:
        this.#take(8);
        break;
      case WIRE_LENGTH:
        this.#take(this.uint32());
        break;
      case WIRE_START_GROUP:
        this.#skipGroup(tag >>> 3, depth + 1);
        break;
      case WIRE_32:
        this.#take(4);
        break;
      default:
        throw new WireFormatError(`field ${tag >>> 3} has the wire type ${tag & 7}`);
    }
  }

  #skipGroup(field: number, depth: number): void {
    if (depth > MAX_GROUP_DEPTH) throw new WireFormatError('groups nest too deeply');
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) === WIRE_END_GROUP) {
        if (tag >>> 3 === field) return;
        throw new WireFormatError('a group ends that did not begin');
      }
      this.skip(tag, depth);
    }
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    if (byte === undefined) throw new WireFormatError('a message ends too soon');
    this.#at += 1;
    return byte;
  }

  /** Where the next `length` bytes begin. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw new WireFormatError('a message ends too soon');
    this.#at = start + length;
    return start;
  }
}
