/**
 * How a gRPC call ended: `grpc-status`, `grpc-message` (percent-encoded UTF-8) and `grpc-status-details-bin`, from
 * trailers or from the head of a reply without messages; and what that is in HTTP, by google.rpc.Code.
 */
import type { HeaderFields } from '../../core/headers.ts';

export const GRPC_OK = 0;
const GRPC_UNKNOWN = 2;

interface StatusRow {
  readonly name: string;
  /** The status that HTTP has for it. */
  readonly http: number;
  /** What a client may read of any call that ended so. */
  readonly title: string;
}

const STATUSES: readonly StatusRow[] = [
  { name: 'OK', http: 200, title: 'Done' },
  { name: 'CANCELLED', http: 499, title: 'The call was cancelled' },
  { name: 'UNKNOWN', http: 500, title: 'A backend failed' },
  { name: 'INVALID_ARGUMENT', http: 400, title: 'An argument is invalid' },
  { name: 'DEADLINE_EXCEEDED', http: 504, title: 'A backend did not answer in time' },
  { name: 'NOT_FOUND', http: 404, title: 'No such resource' },
  { name: 'ALREADY_EXISTS', http: 409, title: 'The resource exists already' },
  { name: 'PERMISSION_DENIED', http: 403, title: 'Access is denied' },
  { name: 'RESOURCE_EXHAUSTED', http: 429, title: 'A quota is exhausted' },
  { name: 'FAILED_PRECONDITION', http: 400, title: 'A precondition does not hold' },
  { name: 'ABORTED', http: 409, title: 'The call was aborted by another' },
  { name: 'OUT_OF_RANGE', http: 400, title: 'An argument is out of range' },
  { name: 'UNIMPLEMENTED', http: 501, title: 'The method is not implemented' },
  { name: 'INTERNAL', http: 500, title: 'A backend failed' },
  { name: 'UNAVAILABLE', http: 503, title: 'A backend is unavailable' },
  { name: 'DATA_LOSS', http: 500, title: 'A backend lost data' },
  { name: 'UNAUTHENTICATED', http: 401, title: 'Authentication is required' },
];

const UNKNOWN_ROW: StatusRow = { name: 'UNKNOWN', http: 500, title: 'A backend failed' };

export interface GrpcStatus {
  /** 0 to 16; a number beyond counts as 2, UNKNOWN. */
  readonly code: number;
  /** The backend's words. */
  readonly message: string;
  /** `google.rpc.Status` on the wire, where one was sent. */
  readonly details: Uint8Array | undefined;
}

/** `NOT_FOUND`, its HTTP status and its title. */
export function grpcStatusRow(code: number): StatusRow {
  return STATUSES[code] ?? UNKNOWN_ROW;
}

/** What fields say of a call's end; `undefined` where they say nothing. */
export function readGrpcStatus(fields: HeaderFields): GrpcStatus | undefined {
  const text = fields.get('grpc-status');
  if (text === undefined) return undefined;
  const code = /^\d{1,2}$/.test(text) ? Number(text) : GRPC_UNKNOWN;
  const details = fields.get('grpc-status-details-bin');
  return {
    code: code < STATUSES.length ? code : GRPC_UNKNOWN,
    message: decodeGrpcMessage(fields.get('grpc-message') ?? ''),
    details: details === undefined ? undefined : Buffer.from(details, 'base64'),
  };
}

/** The status of a reply that is no gRPC: gRPC's "HTTP to gRPC status code mapping". */
export function grpcCodeOfHttp(status: number): number {
  switch (status) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return GRPC_UNKNOWN;
  }
}

/** Percent-decodes; what is badly encoded stays as it came. */
export function decodeGrpcMessage(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
