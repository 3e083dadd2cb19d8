/**
 * Asks an endpoint by `grpc.health.v1.Health/Check` (gRPC health checking protocol), over a connection of its own. The
 * two messages are so small that they are read and written here: a request is the service's name in field 1, a reply a
 * number in field 1, of which 1 is SERVING.
 */
import http2 from 'node:http2';
import type net from 'node:net';
import type { CallContext } from '../../core/exchange.ts';
import type { Probe } from './health-check.ts';

const PATH = '/grpc.health.v1.Health/Check';
const SERVING = 1;
const STATUS_NAMES: Readonly<Record<number, string>> = {
  0: 'UNKNOWN',
  2: 'NOT_SERVING',
  3: 'SERVICE_UNKNOWN',
};
/** gRPC status of a server that does not know the service. */
const NOT_FOUND = '5';
const MAX_REPLY_BYTES = 1024;

export function grpcProbe(
  dial: (alpn: readonly string[]) => net.Socket,
  origin: string,
  service: string,
): Probe {
  const request = frame(requestOf(service));
  return async (context) => {
    const session = http2.connect(origin, { createConnection: () => dial(['h2']) });
    const stopListening = context.cancellation.onCancel((reason) => session.destroy(reason));
    try {
      const { serving, grpcStatus } = await ask(session, request, context);
      if (grpcStatus === NOT_FOUND) throw new Error(`the server knows no service "${service}"`);
      if (grpcStatus !== '0') throw new Error(`grpc-status ${grpcStatus ?? 'is missing'}`);
      if (serving !== SERVING) throw new Error(STATUS_NAMES[serving ?? 0] ?? `status ${serving}`);
    } finally {
      stopListening();
      session.destroy();
    }
  };
}

interface Answer {
  readonly serving: number | undefined;
  readonly grpcStatus: string | undefined;
}

function ask(session: http2.ClientHttp2Session, request: Buffer, { id }: CallContext): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  session.on('error', reject);
  session.once('close', () => reject(new Error('the connection was closed')));
  const stream = session.request({
    ':method': 'POST',
    ':path': PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'frontdesk-health',
    'x-request-id': id,
  });
  let grpcStatus: string | undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  const readStatus = (fields: http2.IncomingHttpHeaders): void => {
    const said = fields['grpc-status'];
    if (typeof said === 'string') grpcStatus = said;
  };
  stream.on('error', reject);
  stream.on('response', (fields) => {
    if (fields[':status'] !== 200) reject(new Error(`status ${fields[':status']}`));
    readStatus(fields);
  });
  stream.on('trailers', readStatus);
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_REPLY_BYTES) reject(new Error('the answer is too long'));
    else chunks.push(chunk);
  });
  stream.on('end', () => resolve({ serving: servingOf(Buffer.concat(chunks)), grpcStatus }));
  stream.end(request);
  return promise;
}

/** HealthCheckRequest: field 1, length-delimited. */
function requestOf(service: string): Buffer {
  const name = Buffer.from(service);
  if (name.length === 0) return name;
  return Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
}

/** A message of gRPC over HTTP/2: not compressed, its length, itself. */
function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The status of a HealthCheckResponse in its frame: field 1, a varint; 0 where it is left out. */
function servingOf(framed: Buffer): number | undefined {
  if (framed.length < 5 || framed[0] !== 0) return undefined;
  const message = framed.subarray(5, 5 + framed.readUInt32BE(1));
  if (message.length === 0) return 0;
  return message[0] === 0x08 ? message[1] : undefined;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}
