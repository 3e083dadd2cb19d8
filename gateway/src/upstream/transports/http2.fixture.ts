/** For tests: HTTP/2 servers, in the clear or over TLS, and a transport to them. */
import { once } from 'node:events';
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { TestContext } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import type { Issued } from '../../core/testing/certificates.ts';
import { parseEndpointUrl } from '../endpoints/endpoint-url.ts';
import { rawBackend } from '../testing/harness.ts';
import { type Http2Options, Http2Transport } from './http2.ts';

export interface Http2Backend {
  readonly url: string;
  readonly sessions: ServerHttp2Session[];
  readonly streams: ServerHttp2Stream[];
}

export type Serve = (stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;

export async function http2Backend(
  t: Pick<TestContext, 'after'>,
  serve: Serve,
  options: http2.SecureServerOptions & { readonly issued?: Issued } = {},
): Promise<Http2Backend> {
  const { issued, ...rest } = options;
  const server = issued
    ? http2.createSecureServer({ cert: issued.cert, key: issued.key, ...rest })
    : http2.createServer(rest);
  const sessions: ServerHttp2Session[] = [];
  const streams: ServerHttp2Stream[] = [];
  server.on('session', (session) => {
    session.on('error', () => {});
    sessions.push(session);
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    streams.push(stream);
    serve(stream, headers);
  });
  server.on('sessionError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `${issued ? 'https' : 'http'}://127.0.0.1:${port}`, sessions, streams };
}

export function http2Transport(
  t: Pick<TestContext, 'after'>,
  url: string,
  more: Partial<Http2Options> = {},
): Http2Transport {
  const one = new Http2Transport({
    clock: systemClock,
    destination: { address: parseEndpointUrl(url), tls: undefined },
    connectMs: 1000,
    idleMs: 5000,
    keepAliveMs: 4000,
    connections: 4,
    maxHeaderBytes: 16_384,
    maxReplyBytes: undefined,
    ...more,
  });
  t.after(() => {
    one.close().catch(() => {});
  });
  return one;
}

const FRAME_HEAD_BYTES = 9;
const PREFACE_BYTES = 24;
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const END_HEADERS = 4;

/** A frame (RFC 9113 §4.1) of the first stream, or of the connection. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The head of a reply: `:status: 200` (RFC 7541, static entry 8) and whatever field block follows. */
export const replyHead = (...more: number[]): Buffer =>
  frame(HEADERS, END_HEADERS, 1, Buffer.from([0x88, ...more]));
export const OK_HEAD: Buffer = replyHead();

export const dataFrame = (text: string): Buffer => frame(DATA, 0, 1, Buffer.from(text));

export function resetFrame(code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(RST_STREAM, 0, 1, payload);
}

/** A server that answers the first request with these frames, whatever they mean: node's would not. */
export function framesBackend(t: TestContext, ...frames: readonly Buffer[]): Promise<string> {
  return settledBackend(t, Buffer.alloc(0), ...frames);
}

/** The same, with these settings (RFC 9113 §6.5.1). */
export function settledBackend(
  t: TestContext,
  settings: Buffer,
  ...frames: readonly Buffer[]
): Promise<string> {
  return rawBackend(t, (socket) => {
    socket.write(frame(SETTINGS, 0, 0, settings));
    let seen = Buffer.alloc(0);
    let at = PREFACE_BYTES;
    socket.on('data', (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      while (seen.length >= at + FRAME_HEAD_BYTES) {
        if (seen.readUInt8(at + 3) === HEADERS) for (const one of frames) socket.write(one);
        at += FRAME_HEAD_BYTES + seen.readUIntBE(at, 3);
      }
    });
  });
}
