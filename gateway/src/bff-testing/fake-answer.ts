/** What a test's own backends answer with, where that is not simply a value. */
import { BackendStatusError, GrpcStatusError } from '../bff/backend-failure.ts';
import { FrontdeskError } from '../core/errors.ts';
import { grpcStatusRow } from '../wire/grpc/grpc-status.ts';

const GRPC_CODES = 17;

/** An answer by its status. */
export class StatusAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>>) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** Data that lacks something, as the graph answers where a part of it failed. */
export class PartialAnswer<Data> {
  readonly data: Data;
  readonly message: string;

  constructor(data: Data, message: string) {
    this.data = data;
    this.message = message;
  }
}

/**
 * A fake's answer with a status of its own: `status(404)`. `body` is not held to the endpoint's type, so that
 * `status(200, …)` answers with what it should not.
 */
export function status(
  code: number,
  body: unknown = {},
  headers: Readonly<Record<string, string>> = {},
): StatusAnswer {
  if (!Number.isInteger(code) || code < 200 || code > 599) {
    throw new RangeError(`status: expected 200 to 599, not ${code}`);
  }
  return new StatusAnswer(code, body, headers);
}

/** A graph's answer of which something is missing: the part that gets it counts as incomplete. */
export function partial<Data>(data: Data, message = 'a field failed'): PartialAnswer<Data> {
  return new PartialAnswer(data, message);
}

/** A status of gRPC, thrown by a fake that does not say whose it is. */
export class FakeGrpcStatus extends GrpcStatusError {
  readonly words: string;

  constructor(code: number, name: string, words: string) {
    super('fake', 'fake', { code, name, message: words });
    this.words = words;
  }

  /** As its caller gets it. */
  of({ upstream, call }: CallPlace): GrpcStatusError {
    const { grpcCode: code, grpcStatus: name, words: message } = this;
    return new GrpcStatusError(upstream, call, { code, name, message });
  }
}

/** For a fake of a gRPC method to throw: `throw grpcStatus('NOT_FOUND')`. Throws a `RangeError` for no status of gRPC. */
export function grpcStatus(name: string, message = ''): FakeGrpcStatus {
  for (let code = 1; code < GRPC_CODES; code += 1) {
    if (grpcStatusRow(code).name === name) return new FakeGrpcStatus(code, name, message);
  }
  throw new RangeError(`"${name}" is no failure of gRPC, such as UNAVAILABLE or NOT_FOUND`);
}

/** The status of gRPC that says what a status of HTTP does. */
export function grpcStatusOfHttp(http: number): FakeGrpcStatus {
  const preferred = http === 409 ? 'ALREADY_EXISTS' : http === 400 ? 'INVALID_ARGUMENT' : undefined;
  for (let code = 1; code < GRPC_CODES && preferred === undefined; code += 1) {
    if (grpcStatusRow(code).http === http && http !== 500) return grpcStatus(grpcStatusRow(code).name);
  }
  return grpcStatus(preferred ?? 'UNKNOWN');
}

/** Who a call is answered by, for its errors. */
export interface CallPlace {
  readonly kind: 'rest' | 'stream' | 'grpc' | 'graph';
  readonly upstream: string;
  /** `GET /users/{id}`, `findDriver`, `RecentOrders`. */
  readonly call: string;
}

/** The error that a caller gets for an answer with a failure's status; `undefined` for a success. */
export function failureOfStatus(place: CallPlace, code: number): FrontdeskError | undefined {
  if (code >= 200 && code < 300) return undefined;
  const { kind, upstream, call } = place;
  if (kind === 'graph') return new FrontdeskError('upstream_error', { detail: `graph: status ${code}` });
  if (kind !== 'grpc') return new BackendStatusError(upstream, call, code);
  return grpcStatusOfHttp(code).of(place);
}
