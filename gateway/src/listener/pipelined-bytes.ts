/**
 * Whether bytes of a next request may have come with this one. Node's parser stops at the end of a request that offers
 * another protocol and, where the offer is not taken up, loses the rest of what it was given: what follows on the
 * connection would be read from its middle (RFC 9112 §9.3.2 has requests answered in order, none left out). Such a
 * connection must end with its reply. Errs on the side of yes.
 */
import type { IncomingMessage } from 'node:http';

const HEAD_END = '\r\n\r\n';
const CR = 0x0d;
const LF = 0x0a;

/** Call it while the request is announced: then the parser still holds the bytes that it came with. */
export function mayBeFollowed(request: IncomingMessage, hasBody: boolean): boolean {
  // A body ends in bytes that are not here yet, or not alone.
  if (hasBody) return true;
  const bytes = currentBytes(request);
  if (!bytes) return true;
  // A head that began to end in bytes before these.
  if (bytes[0] === CR || bytes[0] === LF) return true;
  return bytes.indexOf(HEAD_END) !== bytes.length - HEAD_END.length;
}

/** What the parser is reading; it has no public name. */
function currentBytes(request: IncomingMessage): Buffer | undefined {
  const parser: unknown = Reflect.get(request.socket, 'parser');
  if (typeof parser !== 'object' || parser === null) return undefined;
  const read: unknown = Reflect.get(parser, 'getCurrentBuffer');
  if (typeof read !== 'function') return undefined;
  const bytes: unknown = Reflect.apply(read, parser, []);
  return Buffer.isBuffer(bytes) && bytes.length >= HEAD_END.length ? bytes : undefined;
}
