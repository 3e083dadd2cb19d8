/** What the resources of the operators' port share: which methods, JSON in and out, and how a bad one is refused. */
import type { z } from 'zod';
import { collect, emptyBody, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';

const MAX_BODY_BYTES = 16 * 1024;

/** Throws `method_not_allowed` for any other. */
export function allow(exchange: Exchange, methods: readonly string[]): void {
  if (!methods.includes(exchange.method)) {
    throw new FrontdeskError('method_not_allowed', { headers: [['allow', methods.join(', ')]] });
  }
}

export async function postedJson(exchange: Exchange): Promise<unknown> {
  allow(exchange, ['POST']);
  return sentJson(exchange);
}

/** The body, whatever the method. Throws `unsupported_media_type`, `payload_too_large` or `bad_request`. */
export async function sentJson(exchange: Exchange, maxBytes = MAX_BODY_BYTES): Promise<unknown> {
  if (!/^application\/json(?:;|$)/i.test(exchange.headers.get('content-type') ?? '')) {
    throw new FrontdeskError('unsupported_media_type');
  }
  return parseJson(await collect(exchange.body, maxBytes, () => new FrontdeskError('payload_too_large')));
}

/** A value by its schema. Throws `bad_request` with the reasons. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refused(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`));
}

export function refused(reasons: readonly string[]): FrontdeskError {
  return new FrontdeskError('bad_request', { members: { reasons } });
}

export function answerJson(exchange: Exchange, status: number, value: unknown): Reply {
  return answer(exchange, status, 'application/json', JSON.stringify(value));
}

export function answerNothing(): Reply {
  return makeReply(204, new HeaderFields(), emptyBody);
}

export function answer(exchange: Exchange, status: number, contentType: string, text: string): Reply {
  const body = new WholeBody(text);
  const headers = HeaderFields.of({
    'content-type': contentType,
    'content-length': String(body.length),
    'cache-control': 'no-store',
  });
  return makeReply(status, headers, exchange.method === 'HEAD' ? emptyBody : body);
}

/** A part of a list: `?limit=` and `?after=`, as the part before told. Throws `bad_request`. */
export function partOf(
  exchange: Exchange,
  { limit: most }: { limit: number },
): { offset: number; limit: number } {
  const query = new URLSearchParams(exchange.query);
  const number = (name: string, otherwise: number, max: number): number => {
    const text = query.get(name);
    if (text === null) return otherwise;
    const value = Number(text);
    if (/^\d{1,9}$/.test(text) && value <= max) return value;
    throw refused([`${name}: expected a whole number up to ${max}`]);
  };
  return { offset: number('after', 0, 999_999_999), limit: number('limit', Math.min(100, most), most) };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refused(['body: expected JSON']);
  }
}
