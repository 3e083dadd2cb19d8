/**
 * What a BFF says of a gRPC service that it calls: where its schema is, and the types of its methods, which
 * are generated from that schema. Messages are what ProtoJSON makes of them: 64-bit integers and bytes are text, enums
 * their names, a `Timestamp` is an RFC 3339 time; fields that hold their default are there, messages that were not sent are not.
 */
import type { Duration } from './duration-text.ts';

declare const METHODS: unique symbol;

/** The types of one method; `streams` where its reply is a stream of them. */
export interface GrpcMethod {
  readonly request: object;
  readonly response: unknown;
  readonly streams: boolean;
}

/** Methods by name, the first letter small: `findDriver`. */
export type GrpcMethods<M> = { readonly [Name in keyof M]: GrpcMethod };

export interface GrpcBackend<Methods = unknown> {
  readonly kind: 'grpc';
  /** Its full name in the schema: `frontdesk.dispatch.v1.Dispatch`. */
  readonly service: string;
  /** The address of the .proto file, as `import.meta.resolve` gives it. */
  readonly proto: string;
  /** Holds the types alone; there is no such member at run time. */
  readonly [METHODS]?: Methods;
}

export interface GrpcOptions {
  /** Sent beside what every call has; names are HTTP field names. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The longest that this call may take, within the part's own limit; of a stream, its longest silence. */
  readonly timeout?: Duration;
  /** Says that calling it twice does no more than once, so that it may be tried again. */
  readonly idempotent?: boolean;
}

/**
 * Calls a method. Rejects with a `FrontdeskError`: a `GrpcStatusError` where the service answered with another status
 * than OK. A stream is read by `for await`; leaving the loop ends the call.
 */
type Call<M> = M extends {
  readonly request: infer Request;
  readonly response: infer Response;
  readonly streams: infer S;
}
  ? (request: Request, options?: GrpcOptions) => S extends true ? AsyncIterable<Response> : Promise<Response>
  : never;

export type GrpcClient<B> =
  B extends GrpcBackend<infer Methods> ? { readonly [Name in keyof Methods]: Call<Methods[Name]> } : never;

/** States a gRPC backend: `grpc<Dispatch>({ service: '…', proto: import.meta.resolve('…') })`. */
export function grpc<Methods extends GrpcMethods<Methods>>(options: {
  readonly service: string;
  readonly proto: string;
}): GrpcBackend<Methods> {
  return { kind: 'grpc', service: options.service, proto: options.proto };
}

export function isGrpcBackend(backend: object): backend is GrpcBackend {
  return 'kind' in backend && backend.kind === 'grpc';
}
