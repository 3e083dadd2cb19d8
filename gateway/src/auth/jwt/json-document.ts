/**
 * Asks an identity provider for a JSON document by `callUpstream`, so that it is guarded like every backend: its own
 * breaker, pool and timeline. What is read is bounded, nothing is decoded, and no redirect is followed: it could lead
 * anywhere.
 */
import { type Body, collect, emptyBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';

export interface DocumentSource {
  readonly callUpstream: CallUpstream;
  /** A context without a client, anew for each call. */
  readonly context: () => CallContext;
}

export interface DocumentRequest {
  /** The upstream that stands for the provider, by its name in the configuration. */
  readonly upstream: string;
  /** Origin-form path and query. */
  readonly path: string;
  /** What it is, for logs: `key set`. */
  readonly what: string;
  /** What it is in timelines and metrics, one of few. */
  readonly label: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** Whether the very same request may be sent twice; so by default, since asking changes nothing. */
  readonly repeatable?: boolean;
}

/** Rejects with `upstream_invalid` for anything but a reply of status 200 with JSON, and with what calls reject with. */
export async function fetchDocument(source: DocumentSource, request: DocumentRequest): Promise<unknown> {
  return (await fetchReply(source, request, [200])).document;
}

export interface DocumentReply {
  readonly status: number;
  readonly document: unknown;
}

/** As `fetchDocument`, where replies of other statuses say something too. */
export async function fetchReply(
  source: DocumentSource,
  request: DocumentRequest,
  statuses: readonly number[],
): Promise<DocumentReply> {
  const context = source.context();
  try {
    const { status, bytes } = await fetchBytes(source.callUpstream, request, context, statuses);
    return { status, document: parsed(bytes, request.what) };
  } finally {
    context.deadline.end();
  }
}

async function fetchBytes(
  callUpstream: CallUpstream,
  request: DocumentRequest,
  context: CallContext,
  statuses: readonly number[],
): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
  const { upstream, path, what, label, timeoutMs, maxBytes } = request;
  const reply = await callUpstream({
    upstream,
    context,
    method: request.method ?? 'GET',
    path,
    headers: HeaderFields.of(request.headers),
    body: request.body ?? emptyBody,
    idempotent: request.repeatable ?? true,
    timeoutMs,
    label,
  });
  const encoding = reply.headers.get('content-encoding');
  const { status } = reply;
  if (!statuses.includes(status) || (encoding !== undefined && encoding !== 'identity')) {
    const error = unusable(what, statuses.includes(status) ? 'is encoded' : `has status ${status}`);
    reply.body.discard(error);
    throw error;
  }
  return { status, bytes: await collect(reply.body, maxBytes, () => unusable(what, 'is too large')) };
}

function parsed(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw unusable(what, 'is no JSON');
  }
}

function unusable(what: string, why: string): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: `the ${what} ${why}` });
}
