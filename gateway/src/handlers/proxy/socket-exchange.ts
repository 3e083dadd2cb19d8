/**
 * A plain request in front of a WebSocket exchange: each request opens a socket to the backend, says what its template
 * says, and is answered with what the backend replies: the last message, all of them in an array, or each on a line as
 * it comes (NDJSON). The route's deadline bounds the first two, `lifetime` the third.
 */
import { type Body, collect, emptyBody, type Flow, type Sink, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream, UpstreamReply } from '../../core/upstream-call.ts';
import type { UpstreamSocket } from '../../core/upstream-socket.ts';
import { bothStrip, type JsonStripper, makeJsonStripper } from '../../wire/json/json-strip.ts';
import { compileRewrite, type PathRewrite } from '../reshaping/path-rewrite.ts';
import { Conversation } from './conversation.ts';
import { compileMessage, type MessageTemplate } from './message-template.ts';
import type { ExchangeConfig } from './proxy-stream-config.ts';
import { boundReached, type Held, type HeldLimits, type StreamBounds } from './stream-bounds.ts';

export interface SocketExchangeOptions {
  readonly callUpstream: CallUpstream;
  readonly exchange: ExchangeConfig;
  /** The route's path template. */
  readonly template: string;
  /** JSON members that this route's clients may not see. */
  readonly strip: readonly string[];
  readonly bounds: StreamBounds;
}

/** Silence of a backend is bounded by the deadline or the lifetime; this finds out whether it is still there. */
const IDLE_MS = 40_000;

interface Route {
  readonly options: SocketExchangeOptions;
  readonly rewrite: PathRewrite | undefined;
  readonly templates: readonly MessageTemplate[];
  readonly strip: JsonStripper | undefined;
  readonly held: HeldLimits;
}

/** Throws `RangeError` for a path or a template that is none. */
export function socketExchangeHandler(options: SocketExchangeOptions): Handler {
  const { path, send, lifetime, maxPerCaller } = options.exchange;
  const route: Route = {
    options,
    rewrite: path === undefined ? undefined : compileRewrite(path),
    templates: send.map(compileMessage),
    strip: options.strip.length > 0 ? makeJsonStripper(options.strip) : undefined,
    held: { idleMs: undefined, lifetimeMs: lifetime, maxPerCaller },
  };
  return (exchange) => converse(route, exchange);
}

async function converse(route: Route, exchange: Exchange): Promise<Reply> {
  const { bounds, template, exchange: config } = route.options;
  const body = await textOf(exchange, config.messageSize);
  const messages = route.templates.map((one) => one({ exchange, body }));
  const held = bounds.hold(exchange, 'exchange', template, route.held, (error) => {
    held.release(boundReached(error));
    // The deadline's own way: whatever works for the request stops, and the client is told why.
    exchange.cancellation.cancel(error);
  });
  try {
    const answer = await open(route, exchange);
    const { socket } = answer;
    if (!socket) {
      throw new FrontdeskError('upstream_error', { detail: `the handshake was answered ${answer.status}` });
    }
    const strip = bothStrip(answer.strip, route.strip);
    const talk = { socket, config, messages, strip, clock: bounds.clock };
    if (config.answer === 'ndjson') {
      return makeReply(200, fieldsOf('application/x-ndjson'), new LinesBody(talk, held));
    }
    const replies = await gathered(talk);
    held.release('done');
    const text = config.answer === 'array' ? `[${replies.join(',')}]` : replies.at(-1);
    if (text === undefined) return makeReply(204, new HeaderFields(), emptyBody);
    return makeReply(200, fieldsOf('application/json'), new WholeBody(text));
  } catch (error) {
    held.release('upstream_error');
    throw error;
  }
}

function fieldsOf(mediaType: string): HeaderFields {
  return new HeaderFields(['content-type', mediaType, 'cache-control', 'no-store']);
}

/** The request's body; a message is valid UTF-8 (RFC 6455 §5.6). */
async function textOf(exchange: Exchange, maxBytes: number): Promise<string> {
  const bytes = await collect(
    exchange.body,
    maxBytes,
    () => new FrontdeskError('payload_too_large', { members: { maxBytes } }),
  );
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FrontdeskError('bad_request', {
      detail: 'the body is not UTF-8',
      members: { reason: 'The body must be UTF-8.' },
    });
  }
}

function open({ options, rewrite }: Route, exchange: Exchange): Promise<UpstreamReply> {
  const { exchange: config, template } = options;
  const { headers, path, query, route } = exchange;
  // They speak of the request's own body and page, of which there is none in a handshake.
  headers.filter((name) => !name.startsWith('content-') && !name.startsWith('accept') && name !== 'origin');
  const sent = rewrite ? rewrite(path, route?.params ?? {}) : path;
  return options.callUpstream({
    upstream: config.upstream,
    context: exchange,
    method: 'GET',
    path: query === '' ? sent : `${sent}?${query}`,
    headers,
    body: emptyBody,
    label: template,
    stream: {
      idleMs: IDLE_MS,
      socket: {
        protocols: config.subprotocol === undefined ? [] : [config.subprotocol],
        maxMessageBytes: config.messageSize,
      },
    },
  });
}

type Talk = Pick<ConstructorParameters<typeof Conversation>[0], 'config' | 'messages' | 'strip' | 'clock'> & {
  readonly socket: UpstreamSocket;
};

/** All replies. Rejects with what broke the conversation, or with the reason of the exchange's cancellation. */
function gathered(talk: Talk): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const replies: string[] = [];
  new Conversation({
    ...talk,
    onReply: (json) => {
      replies.push(json);
      return true;
    },
    onDone: () => resolve(replies),
    onError: reject,
  }).start();
  return promise;
}

/** Each reply on a line, at the client's pace. The conversation begins when somebody reads. */
class LinesBody implements Body {
  readonly length = undefined;
  readonly replayable = false;
  readonly #talk: Talk;
  readonly #held: Held;

  constructor(talk: Talk, held: Held) {
    this.#talk = talk;
    this.#held = held;
  }

  start(sink: Sink): Flow {
    const conversation = new Conversation({
      ...this.#talk,
      onReply: (json) => sink.write(Buffer.from(`${json}\n`)),
      onDone: () => {
        this.#held.release('done');
        sink.end();
      },
      onError: (error) => {
        this.#held.release(error.code === 'client_closed' ? 'client' : 'upstream_error');
        sink.fail(error);
      },
    });
    conversation.start();
    return {
      resume: () => conversation.resume(),
      cancel: () => {
        this.#held.release('client');
        conversation.abandon();
      },
    };
  }

  discard(): void {
    this.#held.release('client');
    this.#talk.socket.close(1001, '');
  }
}
