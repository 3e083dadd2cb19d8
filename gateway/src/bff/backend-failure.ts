import { FrontdeskError } from '../core/errors.ts';

/** A backend answered, but not with a success. A part may catch it and say what it means: a 404 is often an answer. */
export class BackendStatusError extends FrontdeskError {
  /** The status that the backend gave. */
  readonly backendStatus: number;

  constructor(upstream: string, call: string, backendStatus: number, retryAfterS?: number) {
    super('upstream_error', {
      detail: `${upstream}: ${call} was answered ${backendStatus}`,
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
    });
    this.backendStatus = backendStatus;
  }
}

/** A gRPC backend answered with another status than OK. A part may catch it and say what it means. */
export class GrpcStatusError extends FrontdeskError {
  /** `NOT_FOUND`. */
  readonly grpcStatus: string;
  /** 5. */
  readonly grpcCode: number;

  constructor(
    upstream: string,
    call: string,
    status: { readonly code: number; readonly name: string; readonly message: string },
  ) {
    super('upstream_error', { detail: `${upstream}: ${call} ended with ${status.name}: ${status.message}` });
    this.grpcStatus = status.name;
    this.grpcCode = status.code;
  }
}
