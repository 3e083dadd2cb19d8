/** What node does not tell of an HTTP/2 stream by itself. */
import type { ClientHttp2Stream } from 'node:http2';
import { WholeBody } from '../../core/body.ts';

/** Up to here a reply that came at once is handed on as one piece. */
export const WHOLE_BYTES = 64 * 1024;
const NO_BYTES = new Uint8Array(0);

/**
 * Calls `listener` when END_STREAM came. Node tells a reader the end of a stream in the same way whether that came or a
 * reset without an error; only when the end is pushed it can be told apart: a stream that was reset is closed before.
 */
export function onEndStream(stream: ClientHttp2Stream, listener: () => void): void {
  const push = stream.push;
  stream.push = (chunk, encoding) => {
    if (chunk === null && !stream.closed) listener();
    return push.call(stream, chunk, encoding);
  };
}

/** Takes all that is here, of a stream whose end is here too; `undefined` where that is much, and then nothing. */
export function takeWhole(stream: ClientHttp2Stream, maxBytes: number): WholeBody | undefined {
  const size = stream.readableLength;
  if (size > WHOLE_BYTES || size > maxBytes) return undefined;
  const bytes: unknown = size > 0 ? stream.read() : NO_BYTES;
  // Read to its end, or it never closes.
  stream.resume();
  return bytes instanceof Uint8Array ? new WholeBody(bytes) : undefined;
}
