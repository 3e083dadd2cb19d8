/**
 * Lets retries, breakers and metrics see how a gRPC call failed. A call that fails without a message is HTTP status 200
 * with `grpc-status` in its head ("Trailers-Only" of gRPC over HTTP/2): inside the chain it counts as the HTTP status that
 * google.rpc.Code has for it, outside it is as it came.
 *
 * A status that comes after messages, in the trailers, is seen by whoever reads them, and not here.
 */
import type { UpstreamReply } from '../core/upstream-call.ts';
import { GRPC_OK, grpcStatusRow, readGrpcStatus } from '../wire/grpc-status.ts';
import type { Policy } from './call.ts';

/** Stands below the balancer. */
export const grpcVerdict: Policy = async (call, next) => {
  const reply = await next(call);
  const end = reply.status === 200 ? readGrpcStatus(reply.headers) : undefined;
  return end && end.code !== GRPC_OK ? withStatus(reply, grpcStatusRow(end.code).http) : reply;
};

/** Stands above the retries: a reply with a `grpc-status` has the status 200, as gRPC's clients expect. */
export const grpcReply: Policy = async (call, next) => {
  const reply = await next(call);
  return reply.status !== 200 && reply.headers.has('grpc-status') ? withStatus(reply, 200) : reply;
};

function withStatus(reply: UpstreamReply, status: number): UpstreamReply {
  return { ...reply, status };
}
