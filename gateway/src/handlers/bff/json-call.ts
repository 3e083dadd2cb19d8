/** One call of a BFF to a REST backend: JSON out, JSON in, both bounded, and stopped with whoever asked. */

import { BackendStatusError } from '../../bff/backend-failure.ts';
import { collect, emptyBody, type Flow, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream, UpstreamReply } from '../../core/upstream-call.ts';

/** The most that a backend's answer may hold. */
export const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

export interface JsonCall {
  readonly upstream: string;
  readonly context: CallContext;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The path's template, for messages: never a value. */
  readonly template: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** `undefined` sends none. */
  readonly body: unknown;
  readonly idempotent: boolean | undefined;
  readonly timeoutMs: number | undefined;
  readonly label: string;
}

/** A success: its fields and its body, `undefined` for one without content (204, 205). */
export interface WholeAnswer {
  readonly headers: HeaderFields;
  readonly bytes: Uint8Array | undefined;
}

/**
 * The parsed answer; `null` for one without content (204, 205). Rejects with `BackendStatusError` where the status
 * is no success, with `upstream_invalid` where the answer is no JSON, `upstream_too_large` past the limit, with the
 * cancellation's reason, and with whatever `callUpstream` says.
 */
export async function callJson(callUpstream: CallUpstream, call: JsonCall): Promise<unknown> {
  const what = `${call.method} ${call.template}`;
  const { bytes } = await callWhole(callUpstream, call, (contentType) =>
    isJson(contentType) ? undefined : 'no JSON',
  );
  if (!bytes) return null;
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (cause) {
    throw new FrontdeskError('upstream_invalid', {
      detail: `${call.upstream}: ${what} answered broken JSON`,
      cause,
    });
  }
}

/** As `callJson`, but unread. `refusal` says what is wrong with an answer of a content type; it is read otherwise. */
export async function callWhole(
  callUpstream: CallUpstream,
  call: JsonCall,
  refusal: (contentType: string | undefined) => string | undefined,
  maxBytes = MAX_ANSWER_BYTES,
): Promise<WholeAnswer> {
  const { upstream, context, method, idempotent, timeoutMs } = call;
  const what = `${method} ${call.template}`;
  const headers = HeaderFields.of(call.headers ?? {});
  if (!headers.has('accept')) headers.set('accept', 'application/json');
  if (call.body !== undefined) headers.set('content-type', 'application/json');
  const reply = await callUpstream({
    upstream,
    context,
    method,
    path: call.path,
    headers,
    body: call.body === undefined ? emptyBody : new WholeBody(JSON.stringify(call.body)),
    label: call.label,
    ...(idempotent === undefined ? {} : { idempotent }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (reply.status < 200 || reply.status > 299) {
    const error = new BackendStatusError(upstream, what, reply.status, retryAfterS(reply));
    reply.body.discard(error);
    throw error;
  }
  if (reply.status === 204 || reply.status === 205) {
    reply.body.discard(new FrontdeskError('upstream_invalid', { detail: 'an answer without content' }));
    return { headers: reply.headers, bytes: undefined };
  }
  const refused = refusal(reply.headers.get('content-type'));
  if (refused !== undefined) {
    const error = new FrontdeskError('upstream_invalid', {
      detail: `${upstream}: ${what} answered ${refused}`,
    });
    reply.body.discard(error);
    throw error;
  }
  return { headers: reply.headers, bytes: await readWhole(reply, context, upstream, maxBytes) };
}

/** Reads a body until it is whole or the caller is gone; then its connection is free again. */
function readWhole(
  reply: UpstreamReply,
  context: CallContext,
  upstream: string,
  limit: number,
): Promise<Uint8Array> {
  const { cancellation } = context;
  if (cancellation.reason) {
    reply.body.discard(cancellation.reason);
    return Promise.reject(cancellation.reason);
  }
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  let flow: Flow | undefined;
  const tooLarge = (maxBytes: number) =>
    new FrontdeskError('upstream_too_large', { detail: `${upstream}: more than ${maxBytes} bytes` });
  const unlisten = cancellation.onCancel((reason) => {
    flow?.cancel(reason);
    reject(reason);
  });
  collect(reply.body, limit, tooLarge, (started) => {
    flow = started;
  }).then(
    (bytes) => {
      unlisten();
      resolve(bytes);
    },
    (error) => {
      unlisten();
      reject(error);
    },
  );
  return promise;
}

function isJson(contentType: string | undefined): boolean {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return (
    mediaType === 'application/json' || (mediaType.startsWith('application/') && mediaType.endsWith('+json'))
  );
}

/** `Retry-After` in seconds (RFC 9110 §10.2.3); the date form is not worth a clock here. */
function retryAfterS(reply: UpstreamReply): number | undefined {
  const text = reply.headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
