/**
 * What the reply to an operation of a WebSocket says: the graph's answer, or that of a step which answered itself. A step's is
 * read as a client over HTTP would: a GraphQL response, or else its status alone.
 */
import { collect } from '../core/body.ts';
import { type ErrorCode, FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import type { Reply } from '../core/exchange.ts';
import type { GraphError } from '../graph/answer/project.ts';
import { Refusal } from '../graph/refusal.ts';
import type { GraphStream, GraphText } from '../graph/request.ts';
import { OperationBody } from './operation-body.ts';

/** More than this of a step's own answer is no answer. */
const MAX_BYTES = 1024 * 1024;

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  413: 'payload_too_large',
  429: 'rate_limited',
  503: 'overloaded',
  504: 'deadline_exceeded',
};

/** `failure`: what the error boundary made the reply of, if it did. Resolves with an error where there is no answer. */
export async function answerOf(
  reply: Reply,
  failure: Error | undefined,
): Promise<GraphText | GraphStream | FrontdeskError> {
  const { body, status } = reply;
  if (body instanceof OperationBody) return body.answer;
  if (failure) {
    body.discard(failure);
    return toFrontdeskError(failure);
  }
  try {
    const bytes = await collect(body, MAX_BYTES, () => new RangeError('too large'));
    return responseIn(Buffer.from(bytes).toString()) ?? statusError(status);
  } catch {
    return statusError(status);
  }
}

/** A GraphQL response (§7.1); `undefined` for any other text. */
function responseIn(text: string): GraphText | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const listed = 'errors' in parsed ? parsed.errors : undefined;
  const errors = Array.isArray(listed) ? listed.filter(isGraphError) : [];
  if ('data' in parsed) return { body: text, errors: errors.length, refusal: undefined };
  if (errors.length === 0) return undefined;
  return { body: text, errors: errors.length, refusal: new Refusal('refused', 400, errors) };
}

function isGraphError(value: unknown): value is GraphError {
  return (
    typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
  );
}

function statusError(status: number): FrontdeskError {
  const known = CODES[status];
  if (known) return new FrontdeskError(known);
  if (status >= 400 && status < 500) return new FrontdeskError('bad_request');
  return new FrontdeskError('internal', {
    detail: `a step answered an operation of a WebSocket with ${status} and no GraphQL response`,
  });
}
