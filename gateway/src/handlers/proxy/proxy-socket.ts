/**
 * WebSockets through a proxied route. The handshake goes through the route's own chain (who asks, may they, have they
 * tokens left), then to the backend, which chooses the subprotocol; only when it has said 101 does the client hear it.
 * A backend that refuses answers as it always would.
 */
import { type Body, emptyBody } from '../../core/body.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import type { UpstreamSocket } from '../../core/upstream-socket.ts';
import type { WebSocketLimits } from '../../core/web-socket.ts';
import { bothStrip } from '../../wire/json/json-strip.ts';
import { cleanFields, makeProxy, type ProxyOptions, type ProxyRoute, pathOf } from './proxy.ts';
import type { WebSocketConfig } from './proxy-stream-config.ts';
import { SocketBridge } from './socket-bridge.ts';
import { checkOrigin, offeredSubprotocols } from './socket-handshake.ts';
import type { Held, HeldLimits, StreamBounds } from './stream-bounds.ts';

export interface ProxySocketOptions extends ProxyOptions {
  readonly webSocket: WebSocketConfig;
  readonly bounds: StreamBounds;
  /** Answers requests that ask for no WebSocket; by default they are refused with 426. */
  readonly plain?: Handler | undefined;
}

/** Pings, pongs and pieces come beside messages. */
const FRAMES_PER_MESSAGE = 4;
/** Silence of a backend is bounded by this many pings. */
const PINGS_UNANSWERED = 2;

interface Route {
  readonly options: ProxySocketOptions;
  readonly proxy: ProxyRoute;
  readonly origins: ReadonlySet<string>;
  readonly subprotocols: ReadonlySet<string> | undefined;
  readonly limits: WebSocketLimits;
  readonly held: HeldLimits;
}

/** Throws `RangeError` for a rewrite that is no path. */
export function proxySocketHandler(options: ProxySocketOptions): Handler {
  const { webSocket, plain } = options;
  const route: Route = {
    options,
    proxy: makeProxy(options),
    origins: new Set(webSocket.origins),
    subprotocols: webSocket.subprotocols && new Set(webSocket.subprotocols),
    limits: {
      maxMessageBytes: webSocket.messageSize,
      maxFragments: webSocket.fragments,
      maxFramesPerSecond: webSocket.messagesPerSecond * FRAMES_PER_MESSAGE,
      maxBufferedBytes: webSocket.sendBuffer,
      congestionMs: webSocket.sendTimeout,
      pingMs: webSocket.ping,
    },
    held: {
      idleMs: webSocket.idle,
      lifetimeMs: webSocket.lifetime,
      maxPerCaller: webSocket.maxPerCaller,
    },
  };
  return (exchange) => {
    if (exchange.dispatch) return handshake(route, exchange);
    if (plain) return plain(exchange);
    const error = upgradeRequired();
    exchange.body.discard(error);
    return Promise.reject(error);
  };
}

function upgradeRequired(): FrontdeskError {
  return new FrontdeskError('upgrade_required', { headers: [['upgrade', 'websocket']] });
}

async function handshake(route: Route, exchange: Exchange): Promise<Reply> {
  const { options, proxy, origins, subprotocols, limits } = route;
  const { webSocket, upstream, template, timeoutMs } = options;
  checkOrigin(exchange, origins);
  const offered = offeredSubprotocols(exchange.headers);
  const socket = {
    protocols: subprotocols ? offered.filter((name) => subprotocols.has(name)) : offered,
    maxMessageBytes: limits.maxMessageBytes,
  };
  const passage = new Passage(route, exchange);
  let answer: UpstreamReply;
  try {
    answer = await options.callUpstream({
      upstream,
      context: exchange,
      method: 'GET',
      path: pathOf(proxy, exchange),
      headers: exchange.headers,
      body: emptyBody,
      label: template,
      stream: { idleMs: webSocket.ping * PINGS_UNANSWERED, socket },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  } catch (error) {
    passage.fail();
    throw error;
  }
  cleanFields(proxy, exchange, answer);
  answer.headers.filter((name) => !name.startsWith('sec-websocket-'));
  if (!answer.socket) {
    passage.fail();
    return makeReply(answer.status, answer.headers, answer.body);
  }
  return passage.open(answer, answer.socket);
}

/** One client's way through, from before the backend is asked until both sockets are closed. */
class Passage {
  readonly #route: Route;
  readonly #exchange: Exchange;
  readonly #held: Held;
  #bridge: SocketBridge | undefined;
  /** A bound that was reached before there was anything to end. */
  #ended: FrontdeskError | undefined;

  /** Throws `rate_limited` where the caller has too many: before the backend hears of it. */
  constructor(route: Route, exchange: Exchange) {
    const { options, held } = route;
    this.#route = route;
    this.#exchange = exchange;
    this.#held = options.bounds.hold(exchange, 'socket', options.template, held, (error) => this.#end(error));
    // However it ends, a socket ends with its exchange's cancellation.
    exchange.cancellation.onCancel(() => this.#held.release('client'));
  }

  fail(): void {
    this.#held.release('upstream_error');
  }

  open(answer: UpstreamReply, upstream: UpstreamSocket): Reply {
    const { options, proxy, limits } = this.#route;
    const exchange = this.#exchange;
    const bridge = new SocketBridge({
      upstream,
      bounds: options.bounds,
      route: options.template,
      messagesPerSecond: options.webSocket.messagesPerSecond,
      strip: bothStrip(answer.strip, proxy.strip),
      onError: (error) => {
        exchange.error ??= error;
      },
    });
    this.#bridge = bridge;
    const reply = makeReply(
      101,
      answer.headers,
      unopened((reason) => this.#drop(bridge, reason)),
    );
    reply.upgrade = {
      subprotocol: upstream.protocol,
      binary: true,
      limits,
      accept: (channel) => {
        const receiver = bridge.open(channel, this.#held);
        if (this.#ended) bridge.end(this.#ended);
        return receiver;
      },
    };
    return reply;
  }

  /** A step on the way back made another reply of it: no client will ever have this socket. */
  #drop(bridge: SocketBridge, reason: Error): void {
    bridge.end(toFrontdeskError(reason));
    this.#held.release('done');
  }

  #end(error: FrontdeskError): void {
    if (this.#bridge) this.#bridge.end(error);
    this.#ended ??= error;
  }
}

/** What a reply of 101 has for a body: nothing, and the backend's socket for as long as the client has not got it. */
function unopened(drop: (reason: Error) => void): Body {
  return { length: 0, replayable: false, start: (sink) => emptyBody.start(sink), discard: drop };
}
