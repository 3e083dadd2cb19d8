/** The door `grpc` of a BFF's parts: methods of the services that the BFF declared, by the schema that it named. */
import { fileURLToPath } from 'node:url';
import type { Backends } from '../../bff/backend.ts';
import { GrpcStatusError } from '../../bff/backend-failure.ts';
import { type GrpcBackend, type GrpcOptions, isGrpcBackend } from '../../bff/grpc-backend.ts';
import type { PartScope } from '../../bff/screen/part-run.ts';
import { WholeBody } from '../../core/body.ts';
import { parseDuration } from '../../core/duration.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { decodeJson } from '../../protobuf/json-decoder.ts';
import { encodeJson } from '../../protobuf/json-encoder.ts';
import { ProtoJsonError } from '../../protobuf/json-error.ts';
import type { MethodPlan } from '../../protobuf/plan.ts';
import { loadProtoSchema, type ProtoSchema } from '../../protobuf/schema.ts';
import { ProtoSchemaError } from '../../protobuf/schema-error.ts';
import { WireFormatError } from '../../protobuf/wire-reader.ts';
import { grpcFrame } from '../../wire/grpc/grpc-frames.ts';
import { GRPC_OK, type GrpcStatus, grpcStatusRow } from '../../wire/grpc/grpc-status.ts';
import { callGrpc, endInHead, type GrpcCall, startGrpc } from '../grpc/grpc-call.ts';
import { grpcMessages } from '../grpc/grpc-messages.ts';
import { stripMessage } from '../grpc/grpc-strip.ts';
import { attemptMs, type RequestMemo, SharedCall } from './request-memo.ts';

/** The largest message, in either direction: what gRPC itself takes where nobody says otherwise. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** Longest silence of a stream. */
const IDLE_MS = 60_000;

interface Service {
  readonly upstream: string;
  readonly schema: ProtoSchema;
  /** By name, the first letter small. */
  readonly methods: ReadonlyMap<string, MethodPlan>;
}

type Caller = (request: object, options?: GrpcOptions) => Promise<unknown> | AsyncIterable<unknown>;

/** Reads the schemas of all gRPC backends. Rejects with `ProtoSchemaError`. */
export async function loadGrpcClients(backends: Backends, callUpstream: CallUpstream): Promise<GrpcClients> {
  const services: Service[] = [];
  for (const [upstream, backend] of Object.entries(backends)) {
    if (isGrpcBackend(backend)) services.push(await loadService(upstream, backend));
  }
  return new GrpcClients(services, callUpstream);
}

async function loadService(upstream: string, { service, proto }: GrpcBackend): Promise<Service> {
  const schema = await loadProtoSchema([proto.startsWith('file:') ? fileURLToPath(proto) : proto]);
  const plan = schema.services.find(({ fullName }) => fullName === service);
  if (!plan) throw new ProtoSchemaError(`backend ${upstream}: ${proto} has no service ${service}`);
  const methods = new Map<string, MethodPlan>();
  for (const method of plan.methods) {
    // A stream of requests is for who has a stream to send; a screen has not.
    if (!method.streamsRequests)
      methods.set(method.name.charAt(0).toLowerCase() + method.name.slice(1), method);
  }
  return { upstream, schema, methods };
}

class GrpcClients {
  readonly #services: readonly Service[];
  readonly #callUpstream: CallUpstream;

  constructor(services: readonly Service[], callUpstream: CallUpstream) {
    this.#services = services;
    this.#callUpstream = callUpstream;
  }

  /** The clients of one part. */
  open(scope: PartScope, memo?: RequestMemo): object {
    const clients: Record<string, Record<string, Caller>> = {};
    for (const service of this.#services) {
      const client: Record<string, Caller> = {};
      for (const [name, method] of service.methods) {
        client[name] = (request, options = {}) =>
          method.streamsResponses
            ? this.#stream(scope, service, method, request, options)
            : this.#unary(scope, memo, service, method, request, options);
      }
      clients[service.upstream] = client;
    }
    return clients;
  }

  /** One that may be made twice is made once for all parts that ask the same. */
  async #unary(
    scope: PartScope,
    memo: RequestMemo | undefined,
    service: Service,
    method: MethodPlan,
    request: object,
    options: GrpcOptions,
  ): Promise<unknown> {
    const { upstream, schema } = service;
    const frame = grpcFrame(encode(upstream, method, request, schema));
    const ask = async (asker: PartScope | SharedCall): Promise<unknown> => {
      const { context } = asker;
      const [label, leftMs] =
        asker instanceof SharedCall ? [asker.label, asker.timeoutMs] : [asker.name, attemptMs(asker)];
      const limitMs = shorter(timeoutOf(options), leftMs);
      const call = callOf({ label, context }, service, method, frame, options, limitMs, undefined);
      const { status, message, strip } = await callGrpc(this.#callUpstream, call, MAX_MESSAGE_BYTES);
      if (status.code !== GRPC_OK) throw failure(service, method, status);
      return stripMessage(decode(service, method, message), strip);
    };
    if (!memo || !isRepeatable(method, options)) return ask(scope);
    const { metadata, timeout } = options;
    const said = metadata || timeout ? JSON.stringify([metadata, timeout]) : '';
    return memo.share(
      `${upstream} ${method.path} ${said} ${Buffer.from(frame).toString('latin1')}`,
      scope,
      ask,
    );
  }

  async *#stream(
    scope: PartScope,
    service: Service,
    method: MethodPlan,
    request: object,
    options: GrpcOptions,
  ): AsyncGenerator<unknown, void, undefined> {
    const idleMs = timeoutOf(options) ?? IDLE_MS;
    const frame = grpcFrame(encode(service.upstream, method, request, service.schema));
    const asker = { label: scope.name, context: scope.context };
    const call = callOf(asker, service, method, frame, options, attemptMs(scope), idleMs);
    const reply = await startGrpc(this.#callUpstream, call);
    const end = endInHead(reply);
    if (end) {
      if (end.code !== GRPC_OK) throw failure(service, method, end);
      return;
    }
    const messages = grpcMessages(reply.body, MAX_MESSAGE_BYTES);
    try {
      for (let next = await messages.next(); ; next = await messages.next()) {
        if (next.done) {
          if (next.value.code !== GRPC_OK) throw failure(service, method, next.value);
          return;
        }
        yield stripMessage(decode(service, method, next.value), reply.strip);
      }
    } finally {
      await messages.return({ code: GRPC_OK, message: '', details: undefined });
    }
  }
}

function callOf(
  { label, context }: Pick<GrpcCall, 'label' | 'context'>,
  { upstream }: Service,
  method: MethodPlan,
  frame: Uint8Array,
  options: GrpcOptions,
  timeoutMs: number | undefined,
  idleMs: number | undefined,
): GrpcCall {
  return {
    upstream,
    context,
    path: method.path,
    metadata: Object.entries(options.metadata ?? {}).flatMap(([key, value]) => [key.toLowerCase(), value]),
    body: new WholeBody(frame),
    idempotent: isRepeatable(method, options),
    timeoutMs,
    idleMs,
    label,
  };
}

function isRepeatable({ isIdempotent }: MethodPlan, { idempotent = false }: GrpcOptions): boolean {
  return idempotent || isIdempotent;
}

/** A request that does not fit its type is the BFF's own fault. */
function encode(upstream: string, method: MethodPlan, request: object, schema: ProtoSchema): Uint8Array {
  try {
    return encodeJson(method.request, request, schema.message);
  } catch (error) {
    if (!(error instanceof ProtoJsonError)) throw error;
    const detail = `${upstream}: ${method.path}: ${error.path} ${error.message}`;
    throw new FrontdeskError('internal', { detail, cause: error });
  }
}

function decode({ upstream, schema }: Service, method: MethodPlan, message: Uint8Array): unknown {
  try {
    return decodeJson(method.response, message, { emitDefaults: true, findType: schema.message });
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    const detail = `${upstream}: ${method.path}: ${error.message}`;
    throw new FrontdeskError('upstream_invalid', { detail, cause: error });
  }
}

function failure(
  { upstream }: Service,
  { path }: MethodPlan,
  { code, message }: GrpcStatus,
): GrpcStatusError {
  return new GrpcStatusError(upstream, path, { code, name: grpcStatusRow(code).name, message });
}

function timeoutOf({ timeout }: GrpcOptions): number | undefined {
  return timeout === undefined ? undefined : parseDuration(timeout);
}

function shorter(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
