/**
 * Requests whose bodies are coded, where a route takes some: decoded here, so that limits and descriptions hold for what a
 * backend reads, and the backend gets the content as it is. One coding, never a chain of them.
 */
import { z } from 'zod';
import { FrontdeskError } from '../core/errors.ts';
import type { Exchange, Middleware } from '../core/exchange.ts';
import { DecodedBody, READABLE_CODINGS, type ReadableCoding } from '../wire/coding/decoded-body.ts';
import type { CodingRoom } from './compress.ts';

/** `request.decompress` of a route. */
export const decompressConfig = z
  .array(z.enum(READABLE_CODINGS))
  .min(1)
  .describe(
    'Codings of request bodies that are taken and decoded, up to maxBody and 20 times their size; none by default',
  );

/** Fields that speak of the coded bytes (RFC 9110 §8.6, RFC 9530 §2): a backend would hold the content to them. */
const OF_THE_CODING: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
]);

export interface DecompressOptions {
  readonly maxBodyBytes: number;
  /** Shared with what codes replies. */
  readonly room: CodingRoom;
}

/** `undefined` where no coding is taken: then `bodyLimit` refuses them all. */
export function decompress(
  codings: readonly ReadableCoding[] | undefined,
  { maxBodyBytes, room }: DecompressOptions,
): Middleware | undefined {
  if (!codings) return undefined;
  return (exchange, next) => {
    const { headers, body } = exchange;
    const said = headers.get('content-encoding');
    if (said === undefined || body.length === 0 || said.toLowerCase() === 'identity') return next(exchange);
    const named = said.toLowerCase() === 'x-gzip' ? 'gzip' : said.toLowerCase();
    const coding = headers.count('content-encoding') === 1 ? codings.find((one) => one === named) : undefined;
    if (!coding) return refuse(exchange, unsupported(codings));
    if (body.length !== undefined && body.length > maxBodyBytes) {
      return refuse(
        exchange,
        new FrontdeskError('payload_too_large', { members: { maxBytes: maxBodyBytes } }),
      );
    }
    const release = room.take();
    if (!release) {
      return refuse(
        exchange,
        new FrontdeskError('overloaded', { detail: 'too many bodies are being decoded' }),
      );
    }
    exchange.body = new DecodedBody(body, coding, maxBodyBytes, release);
    headers.filter((name) => !OF_THE_CODING.has(name));
    return next(exchange).then(
      (reply) => {
        reply.settlement.whenSettled(release);
        return reply;
      },
      (error: unknown) => {
        release();
        throw error;
      },
    );
  };
}

function unsupported(codings: readonly ReadableCoding[]): FrontdeskError {
  return new FrontdeskError('unsupported_media_type', {
    detail: 'a request body with another content coding',
    // RFC 9110 §12.5.3: which codings would have been taken.
    headers: [['accept-encoding', codings.join(', ')]],
  });
}

function refuse({ body }: Exchange, error: FrontdeskError): Promise<never> {
  body.discard(error);
  return Promise.reject(error);
}
