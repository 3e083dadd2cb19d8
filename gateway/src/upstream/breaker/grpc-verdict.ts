/**
 * Lets retries, breakers and metrics see how a gRPC call failed. A call that fails without a message is HTTP status 200
 * with `grpc-status` in its head ("Trailers-Only" of gRPC over HTTP/2): inside the chain it counts as the HTTP status that
 * google.rpc.Code has for it, outside it is as it came.
 *
 * A status that comes after a message, in the trailers, is part of how the call settled: breakers, outlier ejection and
 * metrics hear of it; retries do not, for the head is with the caller then. Of streams it is not heard: they are judged by
 * their opening.
 */
import type { Body, Flow, Sink } from '../../core/body.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { GRPC_OK, grpcStatusRow, readGrpcStatus } from '../../wire/grpc/grpc-status.ts';
import type { Policy } from '../call.ts';

/** Stands below the balancer. */
export const grpcVerdict: Policy = async (call, next) => {
  const reply = await next(call);
  if (reply.status !== 200) return reply;
  const end = readGrpcStatus(reply.headers);
  if (end) return end.code === GRPC_OK ? reply : withStatus(reply, grpcStatusRow(end.code).http);
  return call.stream || !isGrpc(reply.headers) ? reply : judgedByItsEnd(reply);
};

function isGrpc(headers: HeaderFields): boolean {
  return headers.get('content-type')?.startsWith('application/grpc') ?? false;
}

function judgedByItsEnd(reply: UpstreamReply): UpstreamReply {
  const body = new EndReader(reply.body);
  const settled = reply.settled.then((outcome) =>
    body.status === undefined ? outcome : { ...outcome, status: body.status },
  );
  return { ...reply, body, settled };
}

/** A body whose trailers are read on their way. */
class EndReader implements Body {
  /** The HTTP status that the trailers' `grpc-status` counts as; `undefined` for one that is OK, or none. */
  status: number | undefined;
  readonly #source: Body;

  constructor(source: Body) {
    this.#source = source;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  get replayable(): boolean {
    return this.#source.replayable;
  }

  start(sink: Sink): Flow {
    return this.#source.start({
      write: (chunk) => sink.write(chunk),
      end: (trailers) => {
        const end = trailers && readGrpcStatus(trailers);
        if (end && end.code !== GRPC_OK) this.status = grpcStatusRow(end.code).http;
        sink.end(trailers);
      },
      fail: (error) => sink.fail(error),
    });
  }

  discard(reason: Error): void {
    this.#source.discard(reason);
  }
}

/** Stands above the retries: a reply with a `grpc-status` has the status 200, as gRPC's clients expect. */
export const grpcReply: Policy = async (call, next) => {
  const reply = await next(call);
  return reply.status !== 200 && reply.headers.has('grpc-status') ? withStatus(reply, 200) : reply;
};

function withStatus(reply: UpstreamReply, status: number): UpstreamReply {
  return { ...reply, status };
}
