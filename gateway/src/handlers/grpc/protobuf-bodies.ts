/**
 * Bodies that are JSON on one side of a route and protobuf on the other, by the schema of the message. What the client
 * speaks, its `Content-Type` and `Accept` say (RFC 9110 §12.5.1); what the backend speaks, the configuration. Where both
 * speak the same, bytes go through untouched, unless a rule for JSON must see them.
 *
 * It stands on both sides of a route's rules: towards the client around them, towards the backend at the door of its
 * calls, so that rules see JSON and nothing else, and neither is gone round by the other form.
 */
import { type Body, collect, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Handler } from '../../core/exchange.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream, UpstreamRequest } from '../../core/upstream-call.ts';
import { ProtoJsonError } from '../../protobuf/json-error.ts';
import { WireFormatError } from '../../protobuf/wire-reader.ts';
import { askReadable, forgetBytes, formatOf, isEncoded } from '../../wire/coding/body-format.ts';
import { preferredType } from '../../wire/content-negotiation.ts';
import { isProtobuf, PROTOBUF_TYPES } from '../../wire/grpc/protobuf-type.ts';
import { appendVary } from '../../wire/vary.ts';
import type { ProtobufMessage } from './protobuf-message.ts';

type Form = 'json' | 'protobuf';

export interface ProtobufBodiesOptions {
  /** `undefined` where bodies of that way are none of ours. */
  readonly request: ProtobufMessage | undefined;
  readonly reply: ProtobufMessage | undefined;
  /** Whether rules for JSON must see the bodies, even where both sides speak protobuf. */
  readonly readsRequests: boolean;
  readonly readsReplies: boolean;
  /** Media types that rules choose among, beside protobuf. */
  readonly produces: readonly string[];
  readonly isMeant: (status: number) => boolean;
  readonly maxRequestBytes: number;
  readonly maxReplyBytes: number;
}

export interface ProtobufBodies {
  /** The handler, rules and all, for clients that speak either. */
  speaking(handler: Handler): Handler;
  /** The door to a backend that speaks the one. */
  calling(callUpstream: CallUpstream): CallUpstream;
}

export function protobufBodies(options: ProtobufBodiesOptions): ProtobufBodies {
  const bodies = new Bodies(options);
  return {
    speaking: (handler) => async (exchange) => {
      // By the content type that the client sent: what is sent on may be another.
      const wish = bodies.wishOf(exchange);
      await bodies.readRequest(exchange);
      const answer = await handler(exchange);
      if (wish && !answer.upgrade) {
        appendVary(answer.headers, 'Accept');
        answer.body = await bodies.reply(answer, exchange.method, wish);
      }
      return answer;
    },
    calling: (callUpstream) => async (request) => {
      const answer = await callUpstream(await bodies.writeRequest(request));
      if (!bodies.readsReplies) return answer;
      return { ...answer, body: await bodies.reply(answer, request.method, 'json') };
    },
  };
}

/** What replies on either side of the rules have in common. */
interface AnyReply {
  readonly status: number;
  readonly headers: HeaderFields;
  readonly body: Body;
}

class Bodies {
  readonly readsReplies: boolean;
  readonly #options: ProtobufBodiesOptions;

  constructor(options: ProtobufBodiesOptions) {
    this.#options = options;
    this.readsReplies = options.reply !== undefined && options.readsReplies;
  }

  /** The client's protobuf becomes JSON where rules or the backend want that. */
  async readRequest(exchange: Exchange): Promise<void> {
    const { request, readsRequests, maxRequestBytes } = this.#options;
    const { headers, body, method } = exchange;
    if (!request || !isProtobuf(headers.get('content-type'))) return;
    if (!readsRequests && request.config.backend === 'protobuf') return;
    // A message with nothing set has no bytes; but neither has a GET.
    if (body.length === 0 && (method === 'GET' || method === 'HEAD' || method === 'DELETE')) return;
    if (isEncoded(headers)) throw refused(body, `its content-encoding is ${headers.get('content-encoding')}`);
    const json = clientsFault(request, 'toJson', await collect(body, maxRequestBytes, requestTooLarge));
    describe(headers, 'application/json');
    exchange.body = new WholeBody(json);
  }

  /** What the backend gets: a body of the form that it speaks, and word of the forms that we read. */
  async writeRequest(call: UpstreamRequest): Promise<UpstreamRequest> {
    const { request, reply } = this.#options;
    if (reply) call.headers.set('accept', acceptFor(reply));
    if (!request || request.config.backend === 'json') return request ? onlyJson(call) : call;
    const { headers, body, method } = call;
    const contentType = headers.get('content-type');
    const isJson = formatOf(contentType) === 'json';
    const hasBody = body.length !== 0 || (isJson && ['POST', 'PUT', 'PATCH'].includes(method));
    if (!hasBody || isProtobuf(contentType)) return call;
    if (!isJson || isEncoded(headers)) throw refused(body, `a body of ${contentType ?? 'no content type'}`);
    const bytes = await collect(body, this.#options.maxRequestBytes, requestTooLarge);
    const message = clientsFault(request, 'fromJson', bytes);
    describe(headers, request.config.type);
    return { ...call, body: new WholeBody(message) };
  }

  /** What the client wants. `undefined` where replies are none of ours. Throws `not_acceptable`. */
  wishOf({ headers }: Exchange): Form | undefined {
    const { reply, produces } = this.#options;
    if (!reply) return undefined;
    const { type, backend } = reply.config;
    const messages = [type, ...PROTOBUF_TYPES.filter((one) => one !== type)];
    const texts = produces.length > 0 ? produces : ['application/json'];
    // Who sends protobuf and says nothing of the reply wants it too.
    const isSender = isProtobuf(headers.get('content-type'));
    const offered = isSender ? [...messages, ...texts] : [...texts, ...messages];
    const chosen = preferredType(headers.get('accept'), offered);
    if (chosen === undefined) {
      throw new FrontdeskError('not_acceptable', {
        detail: `Accept: ${headers.get('accept')}`,
        members: { produces: [...texts, type] },
        headers: [['vary', 'Accept']],
      });
    }
    const wish = isProtobuf(chosen) ? 'protobuf' : 'json';
    // What rules choose among is text: of it they make JSON, and we the message.
    if (wish === 'protobuf') headers.set('accept', 'application/json');
    if (wish !== backend || this.readsReplies) askReadable(headers);
    return wish;
  }

  /** The body in this form; its fields are made to fit. The body as it came where it is none of ours. */
  async reply(answer: AnyReply, method: string, to: Form): Promise<Body> {
    const { reply, isMeant, maxReplyBytes } = this.#options;
    const { status, headers, body } = answer;
    if (!reply) return body;
    if (status === 304 && (to !== reply.config.backend || this.readsReplies)) forgetBytes(headers);
    const contentType = headers.get('content-type');
    const from = isProtobuf(contentType) ? 'protobuf' : formatOf(contentType);
    if (from === to || from === undefined || from === 'xml' || !isMeant(status) || status === 204)
      return body;
    const type = to === 'json' ? 'application/json' : reply.config.type;
    if (method === 'HEAD') {
      describe(headers, type);
      return body;
    }
    if (isEncoded(headers))
      throw unreadable(body, `its content-encoding is ${headers.get('content-encoding')}`);
    if (status === 206) throw unreadable(body, 'it is a part');
    const bytes = await collect(body, maxReplyBytes, replyTooLarge);
    const translated = backendsFault(reply, to === 'json' ? 'toJson' : 'fromJson', bytes);
    describe(headers, type);
    headers.set('content-length', String(translated.length));
    return new WholeBody(translated);
  }
}

/** The other form is taken too: what a backend of many services answers to errors, say. */
function acceptFor({ config: { backend, type } }: ProtobufMessage): string {
  if (backend === 'json') return 'application/json';
  const others = PROTOBUF_TYPES.filter((one) => one !== type).map((one) => `${one};q=0.9`);
  return [type, ...others, 'application/json;q=0.5'].join(', ');
}

/** A body that was to become JSON has become that; anything else is refused. */
function onlyJson(call: UpstreamRequest): UpstreamRequest {
  const contentType = call.headers.get('content-type');
  if (call.body.length === 0 || formatOf(contentType) === 'json') return call;
  throw refused(call.body, `a body of ${contentType ?? 'no content type'}`);
}

function describe(headers: HeaderFields, contentType: string): void {
  forgetBytes(headers);
  headers.set('content-type', contentType);
}

type Direction = 'toJson' | 'fromJson';

function clientsFault(message: ProtobufMessage, direction: Direction, bytes: Uint8Array): Uint8Array {
  try {
    return message[direction](bytes);
  } catch (error) {
    const { path, reason } = faultOf(error);
    throw new FrontdeskError('bad_request', { detail: `${path}: ${reason}`, members: { path, reason } });
  }
}

function backendsFault(message: ProtobufMessage, direction: Direction, bytes: Uint8Array): Uint8Array {
  try {
    return message[direction](bytes);
  } catch (error) {
    const { path, reason } = faultOf(error);
    const detail = `a reply is to be ${message.config.message}, but ${path === '' ? 'it' : path} ${reason}`;
    throw new FrontdeskError('upstream_invalid', { detail, cause: error });
  }
}

/** Which member is wrong, and why; throws again what is no fault of the bytes. */
function faultOf(error: unknown): { path: string; reason: string } {
  if (error instanceof ProtoJsonError) return { path: error.path, reason: error.message };
  if (error instanceof WireFormatError) return { path: '', reason: `is no such message: ${error.message}` };
  throw error;
}

function refused(body: Body, detail: string): FrontdeskError {
  const error = new FrontdeskError('unsupported_media_type', {
    detail: `${detail}, where JSON or protobuf is asked for`,
  });
  body.discard(error);
  return error;
}

function unreadable(body: Body, why: string): FrontdeskError {
  const error = new FrontdeskError('upstream_invalid', { detail: `a reply is to be translated, but ${why}` });
  body.discard(error);
  return error;
}

function requestTooLarge(maxBytes: number): FrontdeskError {
  return new FrontdeskError('payload_too_large', { detail: `more than ${maxBytes} bytes` });
}

function replyTooLarge(maxBytes: number): FrontdeskError {
  return new FrontdeskError('upstream_too_large', {
    detail: `a reply cannot be translated past ${maxBytes} bytes`,
  });
}
