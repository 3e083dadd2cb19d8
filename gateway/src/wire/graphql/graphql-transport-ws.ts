/**
 * The `graphql-transport-ws` subprotocol, server side: what messages mean, which are out of order, and what ours look
 * like. Pure: bytes in, actions out. (Its older namesake `graphql-ws`, of subscriptions-transport-ws, is another
 * protocol and not spoken here.)
 */

import { isNestedDeeper } from '../json/json-depth.ts';
import { decodeParameters, type GraphqlParameters } from './graphql-over-http.ts';

export const TRANSPORT_WS = 'graphql-transport-ws';
/** The subprotocol of subscriptions-transport-ws. */
export const LEGACY_WS = 'graphql-ws';

/** Why a socket closes, as the subprotocol numbers it, and the words that go with it. */
export const WS_CLOSE = {
  badRequest: [4400, 'Invalid message'],
  unauthorized: [4401, 'Unauthorized'],
  forbidden: [4403, 'Forbidden'],
  /** Not 4401, after which clients do not come back: with a new token they are welcome. */
  expired: [4403, 'The credentials hold no longer'],
  initTimeout: [4408, 'Connection initialisation timeout'],
  duplicate: [4409, 'Subscriber already exists'],
  tooManyInits: [4429, 'Too many initialisation requests'],
  tooManyRequests: [4429, 'Too many requests'],
  tooManyOperations: [4429, 'Too many operations'],
  tooManyStreams: [4429, 'Too many open streams'],
  internal: [4500, 'Internal server error'],
  /** RFC 6455 §7.4.1: clients connect again, elsewhere. */
  goingAway: [1001, 'Going away'],
} as const satisfies Record<string, readonly [code: number, reason: string]>;

export type WsCloseReason = keyof typeof WS_CLOSE;

/** What a message asks of the server. */
export type WsAction =
  | { readonly kind: 'none' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'init'; readonly payload: Readonly<Record<string, unknown>> }
  | { readonly kind: 'subscribe'; readonly id: string; readonly parameters: GraphqlParameters }
  /** The client wants no more of an operation that runs. */
  | { readonly kind: 'complete'; readonly id: string }
  | { readonly kind: 'close'; readonly why: WsCloseReason };

export const WS_ACK = '{"type":"connection_ack"}';
export const WS_PONG = '{"type":"pong"}';

/** Deeper variables than any input type of sense. */
const MAX_JSON_DEPTH = 64;
/** Longer than any id that clients make. */
const MAX_ID_CHARS = 128;

const NONE: WsAction = { kind: 'none' };
const PONG: WsAction = { kind: 'pong' };

export function wsNext(id: string, json: string): string {
  return `{"id":${JSON.stringify(id)},"type":"next","payload":${json}}`;
}

/** `errors` is the JSON text of a list of GraphQL errors. It ends the operation. */
export function wsError(id: string, errors: string): string {
  return `{"id":${JSON.stringify(id)},"type":"error","payload":${errors}}`;
}

export function wsComplete(id: string): string {
  return `{"id":${JSON.stringify(id)},"type":"complete"}`;
}

/** The state of one socket: initialised, acknowledged, and which operations run. */
export class TransportWsState {
  readonly #maxOperations: number;
  readonly #running = new Set<string>();
  #initialised = false;
  #acknowledged = false;

  constructor(maxOperations: number) {
    this.#maxOperations = maxOperations;
  }

  get initialised(): boolean {
    return this.#initialised;
  }

  /** The client's `connection_init` was accepted: operations may come. */
  acknowledge(): void {
    this.#acknowledged = true;
  }

  /** An operation is over: its id may be used again. */
  done(id: string): void {
    this.#running.delete(id);
  }

  /** What to do about a message. A `subscribe` counts as running from here on. */
  receive(bytes: Uint8Array): WsAction {
    const message = parse(bytes);
    if (!message) return close('badRequest');
    switch (own(message, 'type')) {
      case 'connection_init':
        return this.#init(own(message, 'payload'));
      case 'ping':
        return isOptionalMap(own(message, 'payload')) ? PONG : close('badRequest');
      case 'pong':
        return isOptionalMap(own(message, 'payload')) ? NONE : close('badRequest');
      case 'subscribe':
        return this.#subscribe(own(message, 'id'), own(message, 'payload'));
      case 'complete':
        return this.#complete(own(message, 'id'));
      default:
        return close('badRequest');
    }
  }

  #init(payload: unknown): WsAction {
    if (!isOptionalMap(payload)) return close('badRequest');
    if (this.#initialised) return close('tooManyInits');
    this.#initialised = true;
    return { kind: 'init', payload: payload ?? {} };
  }

  #subscribe(id: unknown, payload: unknown): WsAction {
    if (!isId(id)) return close('badRequest');
    const parameters = parametersOf(payload);
    if (!parameters) return close('badRequest');
    if (!this.#acknowledged) return close('unauthorized');
    if (this.#running.has(id)) return close('duplicate');
    if (this.#running.size >= this.#maxOperations) return close('tooManyOperations');
    this.#running.add(id);
    return { kind: 'subscribe', id, parameters };
  }

  /** One for an operation that is over crossed our own on the way: nothing is wrong with it. */
  #complete(id: unknown): WsAction {
    if (!isId(id)) return close('badRequest');
    return this.#running.delete(id) ? { kind: 'complete', id } : NONE;
  }
}

function close(why: WsCloseReason): WsAction {
  return { kind: 'close', why };
}

function parse(bytes: Uint8Array): Record<string, unknown> | undefined {
  if (isNestedDeeper(bytes, MAX_JSON_DEPTH)) return undefined;
  try {
    const message: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
    return isMap(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

/** A `subscribe` message's payload, as a request over HTTP states it. The document may be named instead of sent. */
function parametersOf(payload: unknown): GraphqlParameters | undefined {
  try {
    return decodeParameters(payload);
  } catch {
    return undefined;
  }
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= MAX_ID_CHARS;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOptionalMap(value: unknown): value is Record<string, unknown> | undefined | null {
  return value === undefined || value === null || isMap(value);
}

function own(map: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
