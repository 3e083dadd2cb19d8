/**
 * The messages of a gRPC reply that is a stream, as an async iterable. What is read ahead is one chunk of the body; who
 * leaves the loop ends the call.
 */
import type { Body, Flow } from '../../core/body.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';
import { GrpcFrameReader } from '../../wire/grpc/grpc-frames.ts';
import { type GrpcStatus, readGrpcStatus } from '../../wire/grpc/grpc-status.ts';

/** Yields each message; returns how the call ended. Throws what broke it. */
export async function* grpcMessages(
  body: Body,
  maxMessageBytes: number,
): AsyncGenerator<Uint8Array, GrpcStatus, undefined> {
  const reader = new GrpcFrameReader(maxMessageBytes);
  const waiting: Uint8Array[] = [];
  let wake: (() => void) | undefined;
  let end: { readonly trailers: HeaderFields | undefined } | undefined;
  let broken: FrontdeskError | undefined;
  const flow: Flow = body.start({
    write: (chunk) => {
      if (broken) return false;
      try {
        // A view of the chunk: the transport may write over it later.
        for (const message of reader.push(chunk)) waiting.push(Uint8Array.from(message));
      } catch (error) {
        broken = toFrontdeskError(error);
      }
      wake?.();
      return waiting.length === 0 && !broken;
    },
    end: (trailers) => {
      end = { trailers };
      wake?.();
    },
    fail: (error) => {
      broken = toFrontdeskError(error);
      wake?.();
    },
  });
  try {
    for (;;) {
      for (let message = waiting.shift(); message; message = waiting.shift()) yield message;
      if (broken) throw broken;
      if (end) return statusOf(end.trailers, reader);
      const more = Promise.withResolvers<void>();
      wake = more.resolve;
      flow.resume();
      if (waiting.length === 0 && !broken && !end) await more.promise;
      wake = undefined;
    }
  } finally {
    if (!end) flow.cancel(broken ?? new FrontdeskError('client_closed', { detail: 'a stream was left' }));
  }
}

function statusOf(trailers: HeaderFields | undefined, reader: GrpcFrameReader): GrpcStatus {
  const status = trailers && readGrpcStatus(trailers);
  if (status && !reader.isWithinMessage) return status;
  throw new FrontdeskError('upstream_reset', { detail: 'a gRPC stream broke off' });
}
