/**
 * gRPC's length-prefixed messages (gRPC over HTTP/2, "Length-Prefixed-Message"): a byte that says whether the message
 * is compressed, four of its length, the message. We ask for no compression, so a compressed message is a fault.
 */
import { FrontdeskError } from '../../core/errors.ts';

const PREFIX_BYTES = 5;

/** A message with its prefix. */
export function grpcFrame(message: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

/** Takes messages out of a body as its chunks come, however they are cut. */
export class GrpcFrameReader {
  readonly #maxBytes: number;
  /** What is here of a message that is not whole. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** Bytes of prefix and message that are wanted before the next is whole. */
  #wanted = PREFIX_BYTES;

  /** A message of more than `maxBytes` throws `upstream_too_large`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The messages that are whole with this chunk. Throws `upstream_invalid` for what is no frame. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#rest.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#restBytes += chunk.length;
    if (this.#restBytes < this.#wanted) return [];
    let bytes = this.#rest.length === 1 && this.#rest[0] ? this.#rest[0] : Buffer.concat(this.#rest);
    const messages: Uint8Array[] = [];
    for (;;) {
      this.#wanted = PREFIX_BYTES;
      if (bytes.length < PREFIX_BYTES) break;
      this.#wanted += this.#lengthIn(bytes);
      if (bytes.length < this.#wanted) break;
      messages.push(bytes.subarray(PREFIX_BYTES, this.#wanted));
      bytes = bytes.subarray(this.#wanted);
    }
    this.#rest = bytes.length > 0 ? [bytes] : [];
    this.#restBytes = bytes.length;
    return messages;
  }

  /** Whether a message has begun and is not whole: a body that ends so is broken. */
  get isWithinMessage(): boolean {
    return this.#restBytes > 0;
  }

  #lengthIn(bytes: Buffer): number {
    if (bytes[0] !== 0) {
      throw new FrontdeskError('upstream_invalid', {
        detail: 'a gRPC message is compressed, or none at all',
      });
    }
    const length = bytes.readUInt32BE(1);
    if (length > this.#maxBytes) {
      throw new FrontdeskError('upstream_too_large', {
        detail: `a gRPC message of ${length} bytes, more than ${this.#maxBytes}`,
      });
    }
    return length;
  }
}
