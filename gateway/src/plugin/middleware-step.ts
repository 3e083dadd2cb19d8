/** A plugin's middleware as a step of the inbound list. */
import type { Body } from '../core/body.ts';
import { type Exchange, type Middleware, makeReply, type Reply } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { PluginMiddleware, PluginRequest } from './definition.ts';
import type { HeldPlugin } from './held.ts';
import { MessageView } from './message-view.ts';
import { hold } from './run.ts';
import type { Subject } from './subject.ts';

export function middlewareStep(held: HeldPlugin<PluginMiddleware>): Middleware {
  return (exchange, next) => hold(held, new RequestSubject(exchange), () => next(exchange));
}

class RequestView extends MessageView implements PluginRequest {
  readonly kind: PluginRequest['kind'];
  readonly #exchange: Exchange;

  constructor(exchange: Exchange, body: Uint8Array | undefined, rules: HeldPlugin['rules']) {
    super(exchange, exchange.headers, body, rules);
    this.#exchange = exchange;
    this.kind = kindOf(exchange);
  }

  get method(): string {
    return this.#exchange.method;
  }

  get host(): string | undefined {
    return this.#exchange.host;
  }

  get path(): string {
    return this.#exchange.path;
  }

  get query(): string {
    return this.#exchange.query;
  }

  get route(): string | undefined {
    return this.#exchange.route?.template;
  }

  get client(): PluginRequest['client'] {
    const { address, scheme } = this.#exchange.client;
    return { address, scheme };
  }
}

function kindOf({ isOperation, dispatch }: Exchange): PluginRequest['kind'] {
  if (isOperation) return 'operation';
  return dispatch ? 'handshake' : 'request';
}

class RequestSubject implements Subject<RequestView, Reply> {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get body(): Body {
    return this.#exchange.body;
  }

  get cancellation(): Exchange['cancellation'] {
    return this.#exchange.cancellation;
  }

  /** gRPC's calls may go to and fro for as long as they like. */
  get isStream(): boolean {
    return this.#exchange.headers.get('content-type')?.startsWith('application/grpc') ?? false;
  }

  view(body: Uint8Array | undefined, rules: HeldPlugin['rules']): RequestView {
    return new RequestView(this.#exchange, body, rules);
  }

  commit(view: RequestView): void {
    const { changed } = view.headers;
    if (!changed) return;
    const { flat } = this.#exchange.headers;
    flat.length = 0;
    for (const text of changed.flat) flat.push(text);
  }

  replaceBody(body: Body): void {
    this.#exchange.body = body;
  }

  drop(reason: Error): void {
    this.#exchange.body.discard(reason);
  }

  discard({ body }: Reply, reason: Error): void {
    body.discard(reason);
  }

  isStreamed({ upgrade, headers, body }: Reply): boolean {
    return upgrade !== undefined || (body.length === undefined && isStreamType(headers));
  }

  reply(status: number, headers: HeaderFields, body: Body): Reply {
    return makeReply(status, headers, body);
  }

  amend(reply: Reply, status: number, headers: HeaderFields, body: Body): Reply {
    // A connection that becomes a WebSocket has no other head.
    if (reply.upgrade) return reply;
    reply.status = status;
    reply.headers = headers;
    reply.body = body;
    return reply;
  }
}

/** Types of answers that go on for as long as there is something to say. */
export function isStreamType(headers: HeaderFields): boolean {
  const type = headers.get('content-type') ?? '';
  return (
    type.startsWith('text/event-stream') ||
    type.startsWith('multipart/') ||
    type.startsWith('application/grpc') ||
    type.startsWith('application/x-ndjson')
  );
}
