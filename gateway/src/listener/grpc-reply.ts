/**
 * gRPC over HTTP/2 as a gateway in between must know it: how long a call may take (`grpc-timeout`), and our own
 * refusals in gRPC's words, which are status codes in trailers rather than of HTTP.
 */
import { FrontdeskError } from '../core/errors.ts';
import type { HeaderFields } from '../core/headers.ts';

const CANCELLED = 1;
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

const STATUS: Readonly<Record<number, number>> = {
  400: INVALID_ARGUMENT,
  401: UNAUTHENTICATED,
  403: PERMISSION_DENIED,
  404: UNIMPLEMENTED,
  405: UNIMPLEMENTED,
  406: UNIMPLEMENTED,
  408: DEADLINE_EXCEEDED,
  413: RESOURCE_EXHAUSTED,
  414: INVALID_ARGUMENT,
  415: UNIMPLEMENTED,
  417: INVALID_ARGUMENT,
  429: RESOURCE_EXHAUSTED,
  431: RESOURCE_EXHAUSTED,
  499: CANCELLED,
  500: INTERNAL,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: DEADLINE_EXCEEDED,
};

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};
/** Longer than a timer can run (2^31 ms) is as long as it can. */
const MAX_TIMEOUT_MS = 2_147_000_000;
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;

/** Whether a request is a gRPC call: `application/grpc`, `application/grpc+proto`, not gRPC-Web. */
export function isGrpc(headers: HeaderFields): boolean {
  const type = headers.get('content-type');
  if (type === undefined || !type.startsWith('application/grpc')) return false;
  const next = type.charAt('application/grpc'.length);
  return next === '' || next === '+' || next === ';';
}

/** `grpc-timeout` in milliseconds; `undefined` where there is none, or it is none. */
export function grpcTimeoutMs(headers: HeaderFields): number | undefined {
  const match = TIMEOUT.exec(headers.get('grpc-timeout') ?? '');
  const perUnit = MS_PER_UNIT[match?.[2] ?? ''];
  return match && perUnit !== undefined ? Math.min(Number(match[1]) * perUnit, MAX_TIMEOUT_MS) : undefined;
}

/** All but printable ASCII without `%` is percent-encoded, and no more: some clients decode no more than that. */
const NOT_PLAIN = /[^ -$&-~]+/g;

/** gRPC has one text for all that clients may read: which plugin failed stands in it. */
function textOf({ code, message, members }: FrontdeskError): string {
  return code === 'plugin_failed' ? `${message}: ${members.plugin} (${members.reason})` : message;
}

/** An error of ours as the fields that end a call. Shows what a problem document would, and no more. */
export function grpcTrailers(thrown: Error): Record<string, string> {
  const error = thrown instanceof FrontdeskError ? thrown : new FrontdeskError('internal');
  const trailers: Record<string, string> = {
    'grpc-status': String(STATUS[error.status] ?? INTERNAL),
    'grpc-message': textOf(error).replace(NOT_PLAIN, encodeURIComponent),
  };
  if (error.retryAfterS !== undefined) {
    trailers['grpc-retry-pushback-ms'] = String(Math.max(0, Math.ceil(error.retryAfterS * 1_000)));
  }
  return trailers;
}
