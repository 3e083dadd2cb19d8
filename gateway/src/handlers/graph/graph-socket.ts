/**
 * One client on a WebSocket, speaking `graphql-transport-ws`. Who it is, it proves with the handshake or with
 * `connection_init`; each operation is then an exchange of its own, answered by the configuration that is newest when
 * it begins. The socket holds no graph: a reload does not keep the old one in memory for it.
 */
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { Exchange, Handler } from '../../core/exchange.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { Identity } from '../../core/identity.ts';
import { Pace } from '../../core/pace.ts';
import type { WebSocketChannel, WebSocketReceiver } from '../../core/web-socket.ts';
import type { GraphqlParameters } from '../../wire/graphql/graphql-over-http.ts';
import {
  TransportWsState,
  WS_ACK,
  WS_CLOSE,
  WS_PONG,
  type WsAction,
  type WsCloseReason,
} from '../../wire/graphql/graphql-transport-ws.ts';
import { OperationExchange } from '../operation-exchange.ts';
import type { Kept, StreamKeeper } from '../proxy/stream-keeper.ts';
import { SocketOperation } from './graph-socket-operation.ts';

/** What credentials are held against: the handshake, and that a socket came of it. */
type SocketRequest = Pick<
  Exchange,
  'method' | 'host' | 'path' | 'query' | 'headers' | 'client' | 'isOperation'
>;

export interface GraphSocketOptions {
  /** The handshake's. */
  readonly exchange: Exchange;
  readonly dispatch: Handler;
  readonly keeper: StreamKeeper;
  /** Proves who asks; `undefined` on a route that asks nobody. */
  readonly identify:
    | ((request: SocketRequest) => Identity | undefined | Promise<Identity | undefined>)
    | undefined;
  /** Lower-case names of the fields that `connection_init` may state: credentials, and what subgraphs receive. */
  readonly payloadFields: ReadonlySet<string>;
}

/** Fields of the handshake that would give every operation the same id and parent. */
const OF_HANDSHAKE: ReadonlySet<string> = new Set(['x-request-id', 'traceparent', 'tracestate']);

export class GraphSocket implements WebSocketReceiver {
  readonly #options: GraphSocketOptions;
  readonly #channel: WebSocketChannel;
  readonly #state: TransportWsState;
  readonly #pace: Pace;
  readonly #operations = new Map<string, SocketOperation>();
  #headers: HeaderFields;
  #disarmInit: () => void;
  #kept: Kept | undefined;
  #closed = false;

  constructor(channel: WebSocketChannel, options: GraphSocketOptions) {
    const { keeper, exchange } = options;
    const { operations, messagesPerSecond, initTimeout } = keeper.config.webSocket;
    this.#options = options;
    this.#channel = channel;
    this.#state = new TransportWsState(operations);
    this.#pace = new Pace(keeper.clock, messagesPerSecond);
    this.#headers = exchange.headers.clone();
    this.#headers.filter((name) => !OF_HANDSHAKE.has(name));
    this.#disarmInit = keeper.clock.after(initTimeout, () => this.#close('initTimeout'));
  }

  message(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#pace.take()) this.#act(this.#state.receive(bytes), bytes.length);
    else this.#close('tooManyRequests');
  }

  closed(): void {
    this.#end();
  }

  #act(action: WsAction, bytes: number): void {
    switch (action.kind) {
      case 'none':
        break;
      case 'pong':
        this.#channel.send(WS_PONG);
        break;
      case 'close':
        this.#close(action.why);
        break;
      case 'init':
        void this.#init(action.payload);
        break;
      case 'subscribe':
        this.#subscribe(action.id, action.parameters, bytes);
        break;
      case 'complete':
        this.#operations.get(action.id)?.leave();
        this.#operations.delete(action.id);
    }
  }

  async #init(payload: Readonly<Record<string, unknown>>): Promise<void> {
    const { identify, exchange, keeper } = this.#options;
    this.#disarmInit();
    this.#headers = withPayload(this.#headers, payload, this.#options.payloadFields);
    try {
      const before = exchange.identity;
      const identity = identify && (await identify(this.#presented()));
      if (this.#closed) return;
      // Two credentials may add to each other, but the second may not replace whom the first proved.
      if (before && (identity?.subject !== before.subject || identity.scheme !== before.scheme)) {
        throw new FrontdeskError('forbidden', { detail: 'connection_init names somebody else' });
      }
      exchange.identity = identity;
      this.#kept = keeper.keepSocket(exchange, (reason) => this.#close(closeReason(reason)));
      this.#state.acknowledge();
      this.#channel.send(WS_ACK);
    } catch (thrown) {
      const error = toFrontdeskError(thrown);
      exchange.error ??= error;
      this.#close(refusalReason(error));
    }
  }

  /** The handshake, with the credentials that are known by now. */
  #presented(): SocketRequest {
    const { method, host, path, query, client } = this.#options.exchange;
    return { method, host, path, query, client, headers: this.#headers, isOperation: true };
  }

  #subscribe(id: string, parameters: GraphqlParameters, bytes: number): void {
    const { exchange, dispatch, keeper } = this.#options;
    const message = { parameters, headers: this.#headers, bytes };
    const operation = new SocketOperation({
      id,
      exchange: new OperationExchange(exchange, message, keeper.clock),
      dispatch,
      keeper,
      channel: this.#channel,
    });
    this.#operations.set(id, operation);
    void operation.run().then((refused) => {
      // The client may have left it meanwhile and used its id again.
      if (this.#operations.get(id) === operation) {
        this.#operations.delete(id);
        this.#state.done(id);
      }
      if (refused && isUnauthenticated(refused)) this.#close('expired');
    });
  }

  #close(why: WsCloseReason): void {
    if (this.#closed) return;
    const [code, reason] = WS_CLOSE[why];
    this.#channel.close(code, reason);
    this.#end();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#disarmInit();
    this.#kept?.release();
    for (const operation of this.#operations.values()) operation.leave();
    this.#operations.clear();
  }
}

/** The handshake's fields with those that `connection_init` states, by themselves or under `headers`. */
function withPayload(
  headers: HeaderFields,
  payload: Readonly<Record<string, unknown>>,
  allowed: ReadonlySet<string>,
): HeaderFields {
  const merged = headers.clone();
  const add = (source: object): void => {
    for (const [key, value] of Object.entries(source)) {
      const name = key.toLowerCase();
      // A field that is there twice with different values is left so: whoever reads it refuses.
      if (typeof value !== 'string' || !allowed.has(name) || merged.get(name) === value) continue;
      if (isFieldValue(value)) merged.append(name, value);
    }
  };
  add(payload);
  const nested = Object.hasOwn(payload, 'headers') ? payload.headers : undefined;
  if (typeof nested === 'object' && nested !== null && !Array.isArray(nested)) add(nested);
  return merged;
}

/** What could stand in a header (RFC 9110 §5.5): it may go out as one. */
function isFieldValue(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code >= 0x7f) return false;
  }
  return true;
}

function isUnauthenticated({ code }: FrontdeskError): boolean {
  return code === 'unauthenticated' || code === 'invalid_credentials';
}

/** Why a `connection_init` is not acknowledged. */
function refusalReason({ code, status }: FrontdeskError): WsCloseReason {
  if (code === 'rate_limited') return 'tooManyStreams';
  return status < 500 ? 'forbidden' : 'internal';
}

/** Why a socket that was acknowledged is closed. */
function closeReason(reason: FrontdeskError): WsCloseReason {
  return isUnauthenticated(reason) ? 'expired' : 'goingAway';
}
