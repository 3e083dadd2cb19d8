/**
 * Tells the backend how long an answer is of use: what remains of the deadline, cut to the limit of one attempt. Written
 * for each attempt when it has its place, so that neither a wait nor an earlier attempt makes it say too much.
 */
import { grpcTimeout } from '../../wire/grpc/grpc-timeout.ts';
import type { Policy } from '../call.ts';

/** `name`: lower case. `grpc-timeout` is written as gRPC writes it, any other field in milliseconds. */
export function deadlineField(name: string, attemptMs: number): Policy {
  const isGrpc = name === 'grpc-timeout';
  return (call, next) => {
    const remainingMs = call.context.deadline.remainingMs();
    if (call.stream) {
      // The deadline ends with a stream's head: gRPC's word would end the stream itself.
      if (!isGrpc && remainingMs !== Number.POSITIVE_INFINITY)
        call.headers.set(name, String(Math.floor(remainingMs)));
      return next(call);
    }
    const usefulMs = Math.min(remainingMs, call.timeoutMs ?? attemptMs);
    call.headers.set(name, isGrpc ? grpcTimeout(usefulMs) : String(Math.floor(usefulMs)));
    return next(call);
  };
}
