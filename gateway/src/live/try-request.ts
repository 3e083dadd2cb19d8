/**
 * The try-it box: one request that this process sends to the gateway's own public door, as a client on this machine, and what
 * came of it. Whoever asks chooses the request, never the place: it goes to that door and nowhere else. Time and size are
 * bounded.
 */

import { randomBytes } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';

export const MAX_TRY_BODY_BYTES = 64 * 1_024;
const MAX_ANSWER_BYTES = 256 * 1_024;
const MAX_MS = 20_000;
/** An answer that is not over by then, such as a stream, is shown as far as it came. */
const MAX_BODY_MS = 4_000;
const MAX_AT_ONCE = 4;
/** They belong to the connection, which is ours. */
const NOT_TO_SET: ReadonlySet<string> = new Set([
  ...[
    'connection',
    'content-length',
    'expect',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ],
  ...['proxy-connection', 'proxy-authorization'],
]);

export const tryRequest = z.strictObject({
  method: z.string().regex(/^[A-Z]{1,20}$/, 'expected a method in capitals'),
  path: z
    .string()
    .max(8_192)
    .regex(/^\/[!-"$-~]*$/, 'expected a path that begins with /, without spaces or a fragment'),
  headers: z
    .array(
      z.tuple([
        z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'expected the name of a header field'),
        z
          .string()
          .max(16_384)
          .regex(/^[\t -~\u0080-\u00ff]*$/, 'expected one line of text'),
      ]),
    )
    .max(50)
    .default([]),
  body: z.string().max(MAX_TRY_BODY_BYTES).optional(),
});

export type TryRequest = z.output<typeof tryRequest>;

export interface TryAnswer {
  /** Under which its waterfall is found. */
  readonly id: string;
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** `undefined` for bytes that are no text: then `body` is empty. */
  readonly encoding: 'utf-8' | undefined;
  readonly bytes: number;
  /** Whether more would have come. */
  readonly cut: boolean;
  readonly totalMs: number;
}

/** The public door, as seen from here. */
export interface Door {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

export class Tries {
  readonly #door: () => Door;
  readonly #clock: Clock;
  #running = 0;

  constructor({ door, clock }: { readonly door: () => Door; readonly clock: Clock }) {
    this.#door = door;
    this.#clock = clock;
  }

  /** Rejects with `bad_request`, `overloaded`, or `upstream_connect` where the door could not be reached. */
  async send(request: TryRequest): Promise<TryAnswer> {
    const refused = request.headers.find(([name]) => NOT_TO_SET.has(name.toLowerCase()))?.[0];
    if (refused !== undefined)
      throw new FrontdeskError('bad_request', {
        members: { reasons: [`${refused}: is set by the connection`] },
      });
    if (this.#running >= MAX_AT_ONCE)
      throw new FrontdeskError('overloaded', { detail: 'too many tries at once' });
    this.#running += 1;
    try {
      return await this.#send(request);
    } finally {
      this.#running -= 1;
    }
  }

  async #send({ method, path, headers, body }: TryRequest): Promise<TryAnswer> {
    const { host, port, secure } = this.#door();
    const fields: string[] = headers.flat();
    const named = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
    const authority = named.get('host') ?? `${host.includes(':') ? `[${host}]` : host}:${port}`;
    if (!named.has('host')) fields.unshift('host', authority);
    const ownId = `try-${randomBytes(8).toString('hex')}`;
    if (!named.has('x-request-id')) fields.push('x-request-id', ownId);
    if (body !== undefined) fields.push('content-length', String(Buffer.byteLength(body)));
    const startedAt = this.#clock.now();
    const where = { host, port, method, path, headers: fields, agent: false as const };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = secure
      ? // It is our own door, whatever names its certificate is for.
        https.request({ ...where, rejectUnauthorized: false, servername: nameOf(authority) })
      : http.request(where);
    sent.once('response', resolve);
    sent.once('upgrade', (_reply, socket) => {
      socket.destroy();
      reject(new FrontdeskError('bad_request', { members: { reasons: ['the answer is a WebSocket'] } }));
    });
    sent.once('connect', (_reply, socket) => {
      socket.destroy();
      reject(
        new FrontdeskError('bad_request', { members: { reasons: ['the answer is a tunnel, or none'] } }),
      );
    });
    sent.once('error', (error) => reject(unreachable(error.message)));
    const stop = this.#clock.after(MAX_MS, () => {
      // One that has given its connection away tells of no end.
      reject(unreachable('no answer in time'));
      sent.destroy();
    });
    try {
      sent.end(body);
      const reply = await promise;
      const read = await this.#read(reply);
      const id = reply.headers['x-request-id'];
      return {
        id: typeof id === 'string' ? id : ownId,
        status: reply.statusCode ?? 0,
        headers: pairs(reply.rawHeaders),
        ...read,
        totalMs: this.#clock.now() - startedAt,
      };
    } finally {
      stop();
      sent.destroy();
    }
  }

  async #read(reply: IncomingMessage): Promise<Pick<TryAnswer, 'body' | 'bytes' | 'cut' | 'encoding'>> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let cut = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const enough = (): void => {
      cut = true;
      resolve();
    };
    reply.on('data', (chunk: Buffer) => {
      chunks.push(chunk.subarray(0, Math.max(0, MAX_ANSWER_BYTES - bytes)));
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) enough();
    });
    reply.once('end', () => resolve());
    reply.once('error', enough);
    const stop = this.#clock.after(MAX_BODY_MS, enough);
    await promise;
    stop();
    const whole = Buffer.concat(chunks);
    try {
      // What was cut may end within a character.
      const body = new TextDecoder('utf-8', { fatal: true }).decode(whole, { stream: cut });
      return { body, bytes, cut, encoding: 'utf-8' };
    } catch {
      return { body: '', bytes, cut, encoding: undefined };
    }
  }
}

function nameOf(authority: string): string {
  const name = authority.replace(/:\d+$/, '');
  return /^[\d.]+$|^\[/.test(name) ? '' : name;
}

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) found.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return found;
}

function unreachable(reason: string): FrontdeskError {
  return new FrontdeskError('upstream_connect', { members: { reasons: [`the public port: ${reason}`] } });
}
