/**
 * Subscribes by the `graphql-transport-ws` subprotocol, as its client: one socket, one subscription. The socket opens
 * with the fields of any other call; what the subgraph wants in the payload of `connection_init` is configured.
 */
import { emptyBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import type { SocketEnd, SocketReceiver, UpstreamSocket } from '../../core/upstream-socket.ts';
import { getOwn, isDataObject } from '../execute/data.ts';
import type { EventQueue } from './event-queue.ts';
import {
  invalid,
  readJson,
  type Source,
  type SourceEvent,
  type SourceRequest,
  sourceQueue,
} from './source.ts';
import type { PlainAnswer, SourcePlace } from './sse-source.ts';

const PROTOCOL = 'graphql-transport-ws';
/** The one operation of a socket. */
const ID = '1';
/** What an envelope adds to an event. */
const ENVELOPE_BYTES = 1024;

export interface WebSocketPlace extends SourcePlace {
  /** Names of forwarded fields whose values go into the payload of `connection_init`. */
  readonly connectionInit: readonly string[];
}

/** Resolves once the subgraph has acknowledged the connection and the subscription is on its way. */
export async function openWebSocket(
  place: WebSocketPlace,
  request: SourceRequest,
): Promise<Source | PlainAnswer> {
  const { callUpstream, upstream, path, label, idleMs, maxEventBytes, connectionInit } = place;
  const { context, forwarded } = request;
  const reply = await callUpstream({
    upstream,
    context,
    method: 'GET',
    path,
    headers: new HeaderFields([...forwarded]),
    body: emptyBody,
    label,
    stream: {
      idleMs,
      socket: { protocols: [PROTOCOL], maxMessageBytes: maxEventBytes + ENVELOPE_BYTES },
    },
  });
  if (!reply.socket) {
    reply.body.discard(new FrontdeskError('upstream_invalid', { detail: 'no WebSocket' }));
    return { status: reply.status, event: undefined };
  }
  const source = new WebSocketSource(reply.socket, reply.strip, maxEventBytes);
  const stopListening = context.cancellation.onCancel((reason) => source.giveUp(reason));
  try {
    await source.open(initPayload(connectionInit, forwarded), request.body);
    return source;
  } finally {
    stopListening();
  }
}

function initPayload(
  names: readonly string[],
  forwarded: readonly string[],
): Record<string, string> | undefined {
  if (names.length === 0) return undefined;
  const payload: Record<string, string> = Object.create(null);
  for (let i = 0; i < forwarded.length; i += 2) {
    const name = forwarded[i] ?? '';
    if (names.includes(name)) payload[name] = forwarded[i + 1] ?? '';
  }
  return payload;
}

class WebSocketSource implements Source, SocketReceiver {
  readonly #socket: UpstreamSocket;
  readonly #strip: UpstreamReply['strip'];
  readonly #queue: EventQueue<SourceEvent>;
  readonly #acknowledged = Promise.withResolvers<void>();
  #subscribe = '';
  #ready = false;
  #over = false;

  constructor(socket: UpstreamSocket, strip: UpstreamReply['strip'], maxEventBytes: number) {
    this.#socket = socket;
    this.#strip = strip;
    this.#queue = sourceQueue(maxEventBytes, () => this.#socket.resume());
  }

  open(payload: Record<string, string> | undefined, body: string): Promise<void> {
    this.#subscribe = `{"id":"${ID}","type":"subscribe","payload":${body}}`;
    this.#socket.start(this);
    this.#socket.send(
      JSON.stringify(payload ? { type: 'connection_init', payload } : { type: 'connection_init' }),
    );
    return this.#acknowledged.promise;
  }

  giveUp(reason: Error): void {
    this.#fail(reason, 1000);
  }

  next(): Promise<SourceEvent | undefined> {
    return this.#queue.pull();
  }

  close(): void {
    this.#queue.drop();
    if (this.#over) return;
    this.#over = true;
    this.#socket.send(`{"id":"${ID}","type":"complete"}`);
    this.#socket.close(1000, 'complete');
  }

  message(data: Uint8Array): void {
    if (this.#over) return;
    try {
      this.#take(readJson(data, this.#strip));
    } catch (error) {
      this.#fail(error instanceof Error ? error : invalid('a message'), 4400);
    }
  }

  drained(): void {}

  closed({ code, reason, error }: SocketEnd): void {
    this.#fail(
      error ??
        new FrontdeskError('upstream_reset', { detail: `closed with ${code} ${reason}`.slice(0, 200) }),
      1000,
    );
  }

  #take(message: SourceEvent): void {
    const { body, plain, size } = message;
    switch (getOwn(body, 'type')) {
      case 'connection_ack':
        if (this.#ready) throw invalid('a second connection_ack');
        this.#ready = true;
        this.#socket.send(this.#subscribe);
        this.#acknowledged.resolve();
        return;
      case 'ping':
        this.#socket.send('{"type":"pong"}');
        return;
      case 'pong':
        return;
      case 'next': {
        const payload = getOwn(body, 'payload');
        if (!this.#isOurs(message) || !isDataObject(payload)) throw invalid('a next without its payload');
        if (!this.#queue.push({ body: payload, plain, size })) this.#socket.pause();
        return;
      }
      case 'error': {
        const errors = getOwn(body, 'payload');
        if (!this.#isOurs(message) || !Array.isArray(errors)) throw invalid('an error without its payload');
        this.#queue.push({ body: { errors }, plain, size });
        this.#complete();
        return;
      }
      case 'complete':
        if (!this.#isOurs(message)) throw invalid('a complete of something else');
        this.#complete();
        return;
      default:
        throw invalid('a message of an unknown type');
    }
  }

  #isOurs({ body }: SourceEvent): boolean {
    return this.#ready && getOwn(body, 'id') === ID;
  }

  #complete(): void {
    this.#over = true;
    this.#queue.end();
    this.#socket.close(1000, 'complete');
  }

  #fail(error: Error, code: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#acknowledged.reject(error);
    // Where nobody waits for the opening any more, that is no unhandled rejection.
    this.#acknowledged.promise.catch(() => {});
    this.#queue.end(error);
    this.#socket.close(code, '');
  }
}
