/**
 * REST in front, gRPC behind: a request is a call by the `google.api.http` annotations of the schema (the mapping that
 * google/api/http.proto describes), its reply JSON by ProtoJSON. A stream of replies is lines of JSON, or server-sent
 * events where the client accepts them; a stream of requests is lines of JSON.
 */
import { isUtf8 } from 'node:buffer';
import { type Body, collect, emptyBody, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream, UpstreamReply } from '../../core/upstream-call.ts';
import type { HttpBinding } from '../../protobuf/http-rule.ts';
import { matchHttpTemplate, type TemplateValues } from '../../protobuf/http-template.ts';
import { decodeJson } from '../../protobuf/json-decoder.ts';
import { encodeJson } from '../../protobuf/json-encoder.ts';
import { ProtoJsonError } from '../../protobuf/json-error.ts';
import { parseJsonText } from '../../protobuf/json-text.ts';
import type { MessagePlan } from '../../protobuf/plan.ts';
import type { ProtoSchema } from '../../protobuf/schema.ts';
import { WireFormatError } from '../../protobuf/wire-reader.ts';
import { SSE_MEDIA_TYPE } from '../../wire/events/sse.ts';
import { grpcFrame } from '../../wire/grpc/grpc-frames.ts';
import { GRPC_OK, type GrpcStatus } from '../../wire/grpc/grpc-status.ts';
import { bothStrip, type JsonStripper, makeJsonStripper } from '../../wire/json/json-strip.ts';
import { NDJSON_MEDIA_TYPE } from '../../wire/json/ndjson.ts';
import { problemDetails } from '../../wire/problem-details.ts';
import type { StreamBounds } from '../proxy/stream-bounds.ts';
import { compileRewrite, type PathRewrite } from '../reshaping/path-rewrite.ts';
import { callGrpc, endInHead, type GrpcCall, startGrpc } from './grpc-call.ts';
import { type GrpcErrorOptions, grpcProblem, grpcProblemReply } from './grpc-problem.ts';
import { stripBytes, stripMessage } from './grpc-strip.ts';
import { loadBindings } from './transcode-bindings.ts';
import { heldStream } from './transcode-bounds.ts';
import type { TranscodeConfig } from './transcode-config.ts';
import { bindBody, bindPathAndQuery } from './transcode-request.ts';
import { replyStream, requestStream, type StreamFormat } from './transcode-stream.ts';

export interface TranscodeOptions {
  readonly callUpstream: CallUpstream;
  readonly config: TranscodeConfig;
  /** The route's path template: the label of the calls. */
  readonly template: string;
  /** JSON members that this route's clients may not see. */
  readonly strip?: readonly string[];
  /** Limit of one attempt; by default the upstream's own. */
  readonly timeoutMs?: number | undefined;
  /** Of streams of replies; without them nothing but silence ends one. */
  readonly bounds?: StreamBounds | undefined;
}

/** Reads the schema. Rejects with `ProtoSchemaError` where it, or what the configuration says of it, is wrong. */
export async function transcodeHandler(options: TranscodeOptions): Promise<Handler> {
  const { config } = options;
  const { schema, bindings } = await loadBindings(config);
  const transcoder = new Transcoder(options, schema, bindings);
  return (exchange) => transcoder.answer(exchange);
}

interface Matched {
  readonly binding: HttpBinding;
  readonly values: TemplateValues;
}

class Transcoder {
  readonly #options: TranscodeOptions;
  readonly #schema: ProtoSchema;
  readonly #bindings: readonly HttpBinding[];
  readonly #rewrite: PathRewrite | undefined;
  readonly #errors: GrpcErrorOptions;
  readonly #strip: JsonStripper | undefined;

  constructor(options: TranscodeOptions, schema: ProtoSchema, bindings: readonly HttpBinding[]) {
    const { rewrite, errors } = options.config;
    const { strip = [] } = options;
    this.#options = options;
    this.#schema = schema;
    this.#bindings = bindings;
    this.#rewrite = rewrite === undefined ? undefined : compileRewrite(rewrite);
    this.#errors = { ...errors, schema };
    this.#strip = strip.length > 0 ? makeJsonStripper(strip) : undefined;
  }

  async answer(exchange: Exchange): Promise<Reply> {
    const matched = this.#match(exchange);
    const { method } = matched.binding;
    const body = await this.#requestBody(exchange, matched);
    const call = this.#call(exchange, matched, body);
    return method.streamsResponses
      ? this.#stream(exchange, matched, call)
      : this.#single(exchange, matched, call);
  }

  #match({ path, route, method }: Exchange): Matched {
    const held = this.#rewrite ? this.#rewrite(path, route?.params ?? {}) : path;
    const allowed = new Set<string>();
    for (const binding of this.#bindings) {
      const values = matchPath(binding, held);
      if (!values) continue;
      if (binding.verb === method) return { binding, values };
      allowed.add(binding.verb);
    }
    if (allowed.size === 0)
      throw new FrontdeskError('not_found', { detail: 'no method is bound to this path' });
    throw new FrontdeskError('method_not_allowed', { headers: [['allow', [...allowed].sort().join(', ')]] });
  }

  #call(exchange: Exchange, { binding }: Matched, body: Body): GrpcCall {
    const { config, template, timeoutMs } = this.#options;
    const { method, verb } = binding;
    const metadata: string[] = [];
    for (const name of config.metadata.request) {
      for (const value of exchange.headers.getAll(name)) metadata.push(name, value);
    }
    return {
      upstream: config.upstream,
      context: exchange,
      path: method.path,
      metadata,
      body,
      idempotent: method.isIdempotent || ['GET', 'HEAD', 'PUT', 'DELETE'].includes(verb),
      timeoutMs,
      idleMs: method.streamsResponses || method.streamsRequests ? config.idle : undefined,
      label: template,
    };
  }

  /** Frames: of the one message, or of each line of the body. */
  async #requestBody(exchange: Exchange, { binding, values }: Matched): Promise<Body> {
    const { maxMessage } = this.#options.config;
    const { method, body } = binding;
    const bind = (): Record<string, unknown> => bindPathAndQuery(binding, values, exchange.query);
    if (body === undefined) {
      if (exchange.body.length !== 0) throw refuse(exchange, 'bad_request', 'this request takes no body');
      return new WholeBody(grpcFrame(this.#encode(method.request, bind)));
    }
    const isLines = method.streamsRequests;
    if (!isJson(exchange.headers.get('content-type'), isLines)) {
      throw refuse(exchange, 'unsupported_media_type', 'the body is no JSON');
    }
    if (isLines) {
      // What path and query say is said once, with the first message.
      return requestStream(exchange.body, maxMessage, (line, index) =>
        this.#encode(method.request, () => bindBody(binding, index === 0 ? bind() : {}, parseBody(line))),
      );
    }
    const tooLarge = (maxBytes: number): Error =>
      new FrontdeskError('payload_too_large', { members: { maxBytes } });
    const bytes = await collect(exchange.body, maxMessage, tooLarge);
    // Else what is no UTF-8 would become another text on its way.
    if (!isUtf8(bytes)) throw new FrontdeskError('bad_request', { detail: 'the body is no UTF-8' });
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    const json = (): unknown => (text === '' && body === '*' ? {} : parseBody(text));
    return new WholeBody(grpcFrame(this.#encode(method.request, () => bindBody(binding, bind(), json()))));
  }

  #encode(plan: MessagePlan, json: () => unknown): Uint8Array {
    try {
      return encodeJson(plan, json(), this.#schema.message);
    } catch (error) {
      if (!(error instanceof ProtoJsonError)) throw error;
      const { path, message } = error;
      throw new FrontdeskError('bad_request', {
        detail: `${path}: ${message}`,
        members: { path, reason: message },
      });
    }
  }

  async #single(exchange: Exchange, { binding }: Matched, call: GrpcCall): Promise<Reply> {
    const { config, callUpstream } = this.#options;
    const reply = await callGrpc(callUpstream, call, config.maxMessage);
    if (reply.status.code !== GRPC_OK) return this.#failure(exchange, reply.status);
    const headers = this.#fields(reply.headers, reply.trailers);
    const json = this.#decode(binding, reply.message, reply.strip);
    if (binding.responseBody === undefined && binding.method.response.fullName === 'google.api.HttpBody') {
      return rawReply(json, headers, bothStrip(reply.strip, this.#strip));
    }
    headers.set('content-type', 'application/json');
    return makeReply(200, headers, new WholeBody(this.#text(json)));
  }

  #stream(exchange: Exchange, matched: Matched, call: GrpcCall): Promise<Reply> {
    const { bounds, config, template } = this.#options;
    const format: StreamFormat = acceptsEvents(exchange.headers.get('accept')) ? 'sse' : 'ndjson';
    const streamed = (): Promise<Reply> => this.#streamed(exchange, matched, call, format);
    return bounds
      ? heldStream({ bounds, exchange, template, format, ...config.stream }, streamed)
      : streamed();
  }

  async #streamed(
    exchange: Exchange,
    { binding }: Matched,
    call: GrpcCall,
    format: StreamFormat,
  ): Promise<Reply> {
    const { config, callUpstream } = this.#options;
    const reply: UpstreamReply = await startGrpc(callUpstream, call);
    const end = endInHead(reply);
    if (end && end.code !== GRPC_OK) return this.#failure(exchange, end);
    const headers = this.#fields(reply.headers, undefined);
    headers.set('content-type', format === 'sse' ? SSE_MEDIA_TYPE : NDJSON_MEDIA_TYPE);
    headers.set('cache-control', 'no-store');
    if (end) return makeReply(200, headers, emptyBody);
    const body = replyStream(reply.body, {
      format,
      maxMessageBytes: config.maxMessage,
      json: (message) => this.#text(this.#decode(binding, message, reply.strip)),
      failed: (status) => JSON.stringify(grpcProblem(status, exchange.id, this.#errors).document),
      broken: (error) => JSON.stringify(problemDetails(error, exchange.id)),
    });
    return makeReply(200, headers, body);
  }

  #decode(
    { method, responseBody }: HttpBinding,
    message: Uint8Array,
    strip: JsonStripper | undefined,
  ): unknown {
    const { emitDefaults } = this.#options.config;
    try {
      const options = {
        emitDefaults: emitDefaults || responseBody !== undefined,
        findType: this.#schema.message,
      };
      const json = stripMessage(decodeJson(method.response, message, options), strip);
      if (!responseBody) return json;
      return isRecord(json) ? (json[responseBody.jsonName] ?? null) : null;
    } catch (error) {
      if (!(error instanceof WireFormatError)) throw error;
      throw new FrontdeskError('upstream_invalid', {
        detail: `${method.path}: ${error.message}`,
        cause: error,
      });
    }
  }

  /** JSON without what nobody may see. */
  #text(json: unknown): string {
    return JSON.stringify(stripMessage(json, this.#strip));
  }

  /** Of head and end, the metadata that clients may see. */
  #fields(head: HeaderFields, end: HeaderFields | undefined): HeaderFields {
    const fields = new HeaderFields();
    for (const name of this.#options.config.metadata.response) {
      for (const value of [...head.getAll(name), ...(end?.getAll(name) ?? [])]) fields.append(name, value);
    }
    return fields;
  }

  #failure(exchange: Exchange, status: GrpcStatus): Reply {
    const reply = grpcProblemReply(status, exchange.id, this.#errors);
    if (reply.status >= 500) {
      exchange.error = new FrontdeskError('upstream_error', {
        detail: `gRPC ${status.code}: ${status.message}`,
      });
    }
    return reply;
  }
}

function matchPath({ template }: HttpBinding, path: string): TemplateValues | undefined {
  try {
    return matchHttpTemplate(template, path);
  } catch {
    throw new FrontdeskError('bad_request', { detail: 'a path segment is badly encoded' });
  }
}

function refuse(
  exchange: Exchange,
  code: 'bad_request' | 'unsupported_media_type',
  detail: string,
): FrontdeskError {
  const error = new FrontdeskError(code, { detail });
  exchange.body.discard(error);
  return error;
}

function parseBody(text: string): unknown {
  try {
    return parseJsonText(text);
  } catch {
    throw new ProtoJsonError('is no JSON');
  }
}

function isJson(contentType: string | undefined, isLines: boolean): boolean {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === 'application/json' || /^application\/[\w.+-]+\+json$/.test(mediaType)) return true;
  return isLines && (mediaType === NDJSON_MEDIA_TYPE || mediaType === 'application/jsonl');
}

function acceptsEvents(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes(SSE_MEDIA_TYPE) ?? false;
}

/** `google.api.HttpBody`: the backend has made the body itself. */
function rawReply(json: unknown, headers: HeaderFields, strip: JsonStripper | undefined): Reply {
  const { contentType, data } = isRecord(json) ? json : {};
  headers.set('content-type', typeof contentType === 'string' ? contentType : 'application/octet-stream');
  const bytes = Buffer.from(typeof data === 'string' ? data : '', 'base64');
  return makeReply(200, headers, new WholeBody(stripBytes(bytes, strip)));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
