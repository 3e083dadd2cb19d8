/**
 * How a gRPC call failed, as a problem document (RFC 9457). The status's name and title are public; the backend's own
 * words and the details of `google.rpc.Status` go out where the route lets them.
 */
import { WholeBody } from '../../core/body.ts';
import { makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { decodeJson } from '../../protobuf/json-decoder.ts';
import type { ProtoSchema } from '../../protobuf/schema.ts';
import { WireFormatError } from '../../protobuf/wire-reader.ts';
import { type GrpcStatus, grpcStatusRow } from '../../wire/grpc/grpc-status.ts';

export interface GrpcErrorOptions {
  readonly messages: 'caller' | 'all' | 'none';
  readonly details: boolean;
  readonly schema: ProtoSchema;
}

interface Problem {
  readonly status: number;
  readonly document: Readonly<Record<string, unknown>>;
  /** Of `google.rpc.RetryInfo`. */
  readonly retryAfterS: number | undefined;
}

const MAX_RETRY_S = 86_400;

export function grpcProblem(status: GrpcStatus, requestId: string, options: GrpcErrorOptions): Problem {
  const { name, http, title } = grpcStatusRow(status.code);
  const saysWords = options.messages === 'all' || (options.messages === 'caller' && http < 499);
  const details = detailsOf(status, options.schema);
  return {
    status: http,
    retryAfterS: retryAfter(details),
    document: {
      type: `urn:frontdesk:problem:grpc-${name.toLowerCase().replaceAll('_', '-')}`,
      title,
      status: http,
      code: name,
      ...(saysWords && status.message !== '' ? { detail: status.message } : {}),
      ...(options.details && details.length > 0 ? { details } : {}),
      instance: `urn:frontdesk:request:${requestId}`,
      requestId,
    },
  };
}

export function grpcProblemReply(status: GrpcStatus, requestId: string, options: GrpcErrorOptions): Reply {
  const problem = grpcProblem(status, requestId, options);
  const flat = ['content-type', 'application/problem+json', 'cache-control', 'no-store'];
  if (problem.retryAfterS !== undefined) flat.push('retry-after', String(problem.retryAfterS));
  return makeReply(problem.status, new HeaderFields(flat), new WholeBody(JSON.stringify(problem.document)));
}

/** What cannot be read is not worth a failure: the status has said what matters. */
function detailsOf(
  { details }: GrpcStatus,
  schema: ProtoSchema,
): readonly Readonly<Record<string, unknown>>[] {
  const plan = details && schema.message('google.rpc.Status');
  if (!plan) return [];
  try {
    const json = decodeJson(plan, details, { emitDefaults: false, findType: schema.message });
    return isRecord(json) && Array.isArray(json.details) ? json.details.filter(isRecord) : [];
  } catch (error) {
    if (error instanceof WireFormatError) return [];
    throw error;
  }
}

function retryAfter(details: readonly Readonly<Record<string, unknown>>[]): number | undefined {
  const info = details.find((one) => String(one['@type']).endsWith('/google.rpc.RetryInfo'));
  const seconds = Number.parseFloat(typeof info?.retryDelay === 'string' ? info.retryDelay : '');
  return seconds >= 0 ? Math.min(Math.ceil(seconds), MAX_RETRY_S) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
