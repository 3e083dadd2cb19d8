/** Reads a request's body whole, up to a limit. */
import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

/** Bodies that were read before their handler asked for them. */
const readBefore = new WeakMap<IncomingMessage, Buffer>();

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const before = readBefore.get(request);
  if (before) return before;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('a request body is read as bytes');
    bytes += chunk.byteLength;
    if (bytes > BODY_LIMIT_BYTES) throw new Problem(413, `a body has at most ${BODY_LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** The body as text, which stays there for the handler; empty for one that is answered with a stream, which reads it itself. */
export async function readAhead(request: IncomingMessage): Promise<string> {
  if (request.headers.accept === 'text/event-stream') return '';
  const body = await readBody(request);
  readBefore.set(request, body);
  return body.toString('utf8');
}

/** The body as JSON. Throws a `Problem` where it is not declared or not written as such. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const contentType = request.headers['content-type'] ?? '';
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType)) {
    throw new Problem(415, 'the body must be application/json');
  }
  const text = (await readBody(request)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, 'the body is not valid JSON');
  }
}

/** Whether a value is a JSON object, whose members are yet to be checked. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
