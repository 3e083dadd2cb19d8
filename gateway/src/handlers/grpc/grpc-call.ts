/**
 * One gRPC call over `callUpstream` (gRPC over HTTP/2): so the upstream's bucket, breaker, retries and limits hold for
 * it as for any other. Messages are the caller's matter.
 */
import type { Body } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream, UpstreamReply } from '../../core/upstream-call.ts';
import { GrpcFrameReader } from '../../wire/grpc/grpc-frames.ts';
import { GRPC_OK, type GrpcStatus, grpcCodeOfHttp, readGrpcStatus } from '../../wire/grpc/grpc-status.ts';
import { grpcTimeout } from '../../wire/grpc/grpc-timeout.ts';

export interface GrpcCall {
  readonly upstream: string;
  readonly context: CallContext;
  /** `/package.Service/Method`. */
  readonly path: string;
  /** What is sent beside what every call has; names and values, alternating. */
  readonly metadata: readonly string[];
  /** Frames. */
  readonly body: Body;
  readonly idempotent: boolean;
  /** Limit of one attempt; by default the upstream's own. */
  readonly timeoutMs: number | undefined;
  /** Longest silence of a reply that is a stream; `undefined` for one that is a single message. */
  readonly idleMs: number | undefined;
  readonly label: string;
}

/** A call's one message, or how it failed; with the fields of its head and its end. */
export interface GrpcReply {
  readonly status: GrpcStatus;
  /** Empty where the status is not OK. */
  readonly message: Uint8Array;
  readonly headers: HeaderFields;
  /** What the message must be put through, as JSON. */
  readonly strip?: UpstreamReply['strip'];
  readonly trailers: HeaderFields | undefined;
}

const NO_MESSAGE = new Uint8Array(0);

/** Rejects where there is no reply to read; a reply may still say by its head how the call failed. */
export function startGrpc(callUpstream: CallUpstream, call: GrpcCall): Promise<UpstreamReply> {
  const { upstream, context, path, metadata, body, idempotent, timeoutMs, idleMs, label } = call;
  const flat = [...metadata, 'content-type', 'application/grpc+proto', 'te', 'trailers'];
  // A stream outlives the deadline, which ends with the head of its answer.
  const limitMs =
    idleMs === undefined ? Math.min(context.deadline.remainingMs(), timeoutMs ?? Infinity) : Infinity;
  if (limitMs !== Infinity) flat.push('grpc-timeout', grpcTimeout(limitMs));
  return callUpstream({
    upstream,
    context,
    method: 'POST',
    path,
    headers: new HeaderFields(flat),
    body,
    idempotent,
    label,
    readsMessages: true,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(idleMs === undefined ? {} : { stream: { idleMs } }),
  });
}

/**
 * How the call ended, where its head says so already: a reply without messages, or none of gRPC (a proxy's, say);
 * then the body is dropped. Throws `upstream_invalid` for a success that is no gRPC.
 */
export function endInHead(reply: UpstreamReply): GrpcStatus | undefined {
  const { status, headers, body } = reply;
  const said = readGrpcStatus(headers);
  if (said) {
    body.discard(new FrontdeskError('upstream_invalid', { detail: 'a body after the end of a gRPC call' }));
    return said;
  }
  const isGrpc = /^application\/grpc($|[+;])/.test(headers.get('content-type') ?? '');
  if (status === 200 && isGrpc) return undefined;
  const error = new FrontdeskError('upstream_invalid', {
    detail: `a reply that is no gRPC: status ${status}`,
  });
  body.discard(error);
  if (status === 200) throw error;
  return {
    code: grpcCodeOfHttp(status),
    message: `the backend answered with HTTP status ${status}`,
    details: undefined,
  };
}

/** Calls, and reads the one message of the reply. Rejects with `upstream_invalid` for what is no such reply. */
export async function callGrpc(
  callUpstream: CallUpstream,
  call: GrpcCall,
  maxMessageBytes: number,
): Promise<GrpcReply> {
  const reply = await startGrpc(callUpstream, call);
  const { headers, strip } = reply;
  const end = endInHead(reply);
  if (end) {
    if (end.code === GRPC_OK)
      throw new FrontdeskError('upstream_invalid', { detail: `${call.path} gave no message` });
    return { status: end, message: NO_MESSAGE, headers, trailers: undefined };
  }
  const { messages, trailers } = await readMessages(reply.body, maxMessageBytes);
  const status = trailers && readGrpcStatus(trailers);
  if (!status)
    throw new FrontdeskError('upstream_invalid', { detail: `${call.path} ended without a grpc-status` });
  if (status.code !== GRPC_OK) return { status, message: NO_MESSAGE, headers, trailers };
  const [message] = messages;
  if (!message || messages.length > 1) {
    const detail = `${call.path} gave ${messages.length} messages`;
    throw new FrontdeskError('upstream_invalid', { detail });
  }
  return { status, message, headers, strip, trailers };
}

/** Reads a body whole: its messages, and the fields after it. */
function readMessages(
  body: Body,
  maxBytes: number,
): Promise<{ messages: Uint8Array[]; trailers: HeaderFields | undefined }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    messages: Uint8Array[];
    trailers: HeaderFields | undefined;
  }>();
  const reader = new GrpcFrameReader(maxBytes);
  const messages: Uint8Array[] = [];
  let broken: Error | undefined;
  const flow = body.start({
    write: (chunk) => {
      if (broken) return false;
      try {
        messages.push(...reader.push(chunk));
        // Whoever sends more than the one is broken; no need to keep them all.
        if (messages.length > 2) messages.length = 2;
        return true;
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
        reject(broken);
        return false;
      }
    },
    end: (trailers) => {
      if (reader.isWithinMessage)
        reject(new FrontdeskError('upstream_invalid', { detail: 'half a gRPC message' }));
      else resolve({ messages, trailers });
    },
    fail: reject,
  });
  if (broken) flow.cancel(broken);
  else promise.catch((error: Error) => flow.cancel(error));
  return promise;
}
