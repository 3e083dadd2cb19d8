/**
 * Stored replies as bytes: the length of the head (four bytes), the head as JSON, the body as it is. The whole key is
 * in it and compared when it is read, so that no collision of hashes can hand out another reply.
 */
import { type StoredHead, type StoredReply, withBody } from './stored-reply.ts';

interface Envelope {
  readonly version: number;
  readonly slot: string;
  readonly head: StoredHead;
}

/** Another layout gets another number: what older and newer versions wrote is not there for each other. */
const VERSION = 1;
const LENGTH_BYTES = 4;

export function encodeReply(slot: string, reply: StoredReply): Buffer {
  const { headers, body } = reply;
  const kept = { ...reply, headers: undefined, served: undefined, body: undefined, fields: headers.flat };
  const head = Buffer.from(JSON.stringify({ version: VERSION, slot, head: kept }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, body.bytes]);
}

/** `undefined` for what was not written by this version under this slot. */
export function decodeReply(slot: string, bytes: Buffer): StoredReply | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + bytes.readUInt32BE(0);
  if (end > bytes.length) return undefined;
  const envelope = parse(bytes.subarray(LENGTH_BYTES, end));
  if (!envelope || envelope.slot !== slot) return undefined;
  return withBody(envelope.head, bytes.subarray(end));
}

function parse(bytes: Buffer): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isEnvelope(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The version vouches for the rest: nobody else writes under these keys. */
function isEnvelope(value: unknown): value is Envelope {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === VERSION &&
    'slot' in value &&
    'head' in value
  );
}
