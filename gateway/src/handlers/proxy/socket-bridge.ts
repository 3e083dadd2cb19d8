/**
 * A client's WebSocket and a backend's, joined: messages go through as they are, text and binary, at the pace of
 * whoever is slower; each hop has pings of its own. Close codes go through (RFC 6455 §7.4) but for those that only
 * tell of a connection that was lost.
 */
import type { FrontdeskError } from '../../core/errors.ts';
import { Pace } from '../../core/pace.ts';
import type { SocketEnd, SocketReceiver, UpstreamSocket } from '../../core/upstream-socket.ts';
import type { WebSocketChannel, WebSocketEnd, WebSocketReceiver } from '../../core/web-socket.ts';
import { boundReached, type EndReason, type Held, type StreamBounds } from './stream-bounds.ts';

const GOING_AWAY = 1001;
const LOST = 1006;
const POLICY = 1008;
const RESTART = 1012;
const BAD_GATEWAY = 1014;

/** What a client hears when a bound is reached. */
const GOODBYES: Readonly<Partial<Record<EndReason, readonly [code: number, reason: string]>>> = {
  idle: [GOING_AWAY, 'Idle for too long'],
  lifetime: [GOING_AWAY, 'Open for too long'],
  credentials: [POLICY, 'The credentials no longer hold'],
  drain: [RESTART, 'The gateway is shutting down'],
  reload: [RESTART, 'The configuration was replaced'],
};

export interface BridgeOptions {
  readonly upstream: UpstreamSocket;
  readonly bounds: StreamBounds;
  /** The route's template, for metrics. */
  readonly route: string;
  readonly messagesPerSecond: number;
  /** Takes members out of a message that no client may see; `undefined` is answered for what is not JSON. */
  readonly strip: ((json: Uint8Array) => Uint8Array | undefined) | undefined;
  /** The error that the exchange ended with, for its log line. */
  readonly onError: (error: FrontdeskError) => void;
}

export class SocketBridge {
  readonly #options: BridgeOptions;
  readonly #upstream: UpstreamSocket;
  readonly #pace: Pace;
  #channel: WebSocketChannel | undefined;
  #held: Held | undefined;
  #over = false;
  #waiting = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#upstream = options.upstream;
    this.#pace = new Pace(options.bounds.clock, options.messagesPerSecond);
  }

  /** The handshake is out: messages flow from here on. */
  open(channel: WebSocketChannel, held: Held): WebSocketReceiver {
    this.#channel = channel;
    this.#held = held;
    this.#upstream.start(this.#backend());
    return {
      message: (bytes, binary) => this.#fromClient(bytes, binary),
      closed: (end) => this.#clientClosed(end),
    };
  }

  /** A bound was reached. */
  end(error: FrontdeskError): void {
    const reason = boundReached(error);
    const [code, words] = GOODBYES[reason] ?? [GOING_AWAY, ''];
    this.#options.onError(error);
    this.#endBoth(reason, code, words);
  }

  #backend(): SocketReceiver {
    return {
      message: (bytes, binary) => this.#fromBackend(bytes, binary),
      drained: () => this.#channel?.resume(),
      closed: (end) => this.#backendClosed(end),
    };
  }

  #fromClient(bytes: Uint8Array, binary: boolean): void {
    if (this.#over) return;
    if (!this.#pace.take()) {
      this.#endBoth('rate', POLICY, 'Too many messages');
      return;
    }
    const { bounds, route } = this.#options;
    bounds.countMessage(route, 'client');
    this.#held?.active();
    if (!this.#upstream.send(bytes, binary)) this.#channel?.pause();
  }

  #fromBackend(bytes: Uint8Array, binary: boolean): void {
    const channel = this.#channel;
    if (this.#over || !channel) return;
    const { bounds, route, strip } = this.#options;
    const shown = strip ? strip(bytes) : bytes;
    if (!shown) {
      this.#endBoth('upstream_error', BAD_GATEWAY, 'The backend gave an invalid message');
      return;
    }
    bounds.countMessage(route, 'upstream');
    this.#held?.active();
    channel.forward(shown, binary);
    if (!channel.congested || this.#waiting) return;
    this.#waiting = true;
    this.#upstream.pause();
    void channel.taken().then(() => {
      this.#waiting = false;
      if (!this.#over) this.#upstream.resume();
    });
  }

  #clientClosed({ code, reason }: WebSocketEnd): void {
    if (this.#over) return;
    this.#over = true;
    const lost = code === LOST;
    this.#upstream.close(lost ? GOING_AWAY : code, lost ? '' : reason);
    this.#held?.release('client');
  }

  #backendClosed({ code, reason, error }: SocketEnd): void {
    if (this.#over) return;
    this.#over = true;
    if (error) this.#options.onError(error);
    if (error || code === LOST) this.#channel?.close(BAD_GATEWAY, 'The backend is gone');
    else this.#channel?.close(code, reason);
    this.#held?.release(error ? 'upstream_error' : 'upstream');
  }

  #endBoth(why: EndReason, code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#channel?.close(code, reason);
    this.#upstream.close(GOING_AWAY, '');
    this.#held?.release(why);
  }
}
