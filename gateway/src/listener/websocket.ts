/**
 * WebSockets (RFC 6455) over `ws`, without extensions: there is no compression, so there is nothing to unpack. Holds a
 * client to the limits of one socket (sizes, pieces, frames a second, what waits to be read) and finds out whether it
 * is still there.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { HeaderFields } from '../core/headers.ts';
import { Pace } from '../core/pace.ts';
import type { WebSocketChannel, WebSocketLimits, WebSocketUpgrade } from '../core/web-socket.ts';

/** 16 bytes in base64 (§4.2.1). */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = '13';
/** How long a client has to answer our goodbye. */
const CLOSE_TIMEOUT_MS = 1_000;

const CLOSE_UNSUPPORTED = 1003;
const CLOSE_NO_CODE = 1005;
const CLOSE_POLICY = 1008;

/** Whether a request asks to become a WebSocket: alone to look at it as one. */
export function asksForWebSocket(request: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  return request.method === 'GET' && request.headers.upgrade?.trim().toLowerCase() === 'websocket';
}

/**
 * What is wrong with a handshake (§4.2.1); `undefined` for a sound one. `early` came before our answer; `minor` is that of
 * the version of HTTP/1, whose first knows no change of protocols.
 */
export function handshakeFault(
  headers: HeaderFields,
  early: Uint8Array,
  minor = 1,
): FrontdeskError | undefined {
  const fault = (reason: string, fields: readonly (readonly [string, string])[] = []): FrontdeskError =>
    new FrontdeskError('bad_request', { detail: reason, headers: fields, members: { reason } });
  if (minor === 0) return fault('A WebSocket begins in HTTP/1.1.');
  if (headers.count('sec-websocket-key') !== 1 || !KEY.test(headers.get('sec-websocket-key') ?? '')) {
    return fault('Sec-WebSocket-Key is missing or malformed.');
  }
  if (headers.count('sec-websocket-version') !== 1 || headers.get('sec-websocket-version') !== VERSION) {
    return fault('Sec-WebSocket-Version must be 13.', [['sec-websocket-version', VERSION]]);
  }
  // Whoever does not wait for the answer may be smuggling a second request past us.
  if (early.length > 0) return fault('There are bytes behind the handshake.');
  return undefined;
}

export interface OpenedSocket {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** Of the reply: they go out with the handshake. */
  readonly headers: HeaderFields;
  readonly upgrade: WebSocketUpgrade;
  readonly clock: Clock;
  /** Called once, when the socket is gone, with the bytes of messages that were sent. */
  readonly closed: (bytes: number) => void;
}

/** Answers a sound handshake with 101 and gives the socket to whoever wanted it. */
export function openWebSocket(opened: OpenedSocket): void {
  const { request, socket, headers, upgrade } = opened;
  const { maxMessageBytes, maxFragments } = upgrade.limits;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    maxFragments,
    handleProtocols: () => upgrade.subprotocol,
  });
  server.on('headers', (lines) => {
    for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  });
  server.handleUpgrade(request, socket, Buffer.alloc(0), (webSocket) => {
    new Channel(webSocket, socket, opened);
  });
}

class Channel implements WebSocketChannel {
  readonly #webSocket: WebSocket;
  readonly #clock: Clock;
  readonly #limits: WebSocketLimits;
  readonly #frames: Pace;
  readonly #waiting: (() => void)[] = [];
  #bytes = 0;
  #closing = false;
  #paused = false;
  #heard = true;
  /** Until the next ping, and then until the client must have answered our goodbye. */
  #stopTimer: () => void;
  #stopCongestion: (() => void) | undefined;

  constructor(webSocket: WebSocket, socket: Socket, { upgrade, clock, closed }: OpenedSocket) {
    this.#webSocket = webSocket;
    this.#clock = clock;
    this.#limits = upgrade.limits;
    this.#frames = new Pace(clock, upgrade.limits.maxFramesPerSecond);
    this.#stopTimer = clock.after(upgrade.limits.pingMs, () => this.#ping());
    const receiver = upgrade.accept(this);
    webSocket.on('message', (data, isBinary) => {
      if (!this.#counts()) return;
      const bytes = bytesOf(data);
      if (!bytes || (isBinary && !upgrade.binary)) this.close(CLOSE_UNSUPPORTED, 'Text messages only');
      else receiver.message(bytes, isBinary);
    });
    webSocket.on('ping', () => void this.#counts());
    webSocket.on('pong', () => void this.#counts());
    // What `ws` refuses it closes itself, with the code that goes with it.
    webSocket.on('error', () => this.#leave());
    webSocket.once('close', (code, reason) => {
      this.#leave();
      this.#stopTimer();
      receiver.closed({ code, reason: reason.toString('utf8') });
      closed(this.#bytes);
    });
    socket.on('drain', () => this.#drained());
  }

  get congested(): boolean {
    return !this.#closing && this.#webSocket.bufferedAmount >= this.#limits.maxBufferedBytes;
  }

  send(text: string): void {
    if (this.#closing) return;
    this.#bytes += Buffer.byteLength(text);
    this.#webSocket.send(text);
    this.#watchCongestion();
  }

  forward(message: Uint8Array, binary: boolean): void {
    if (this.#closing) return;
    this.#bytes += message.length;
    this.#webSocket.send(message, { binary });
    this.#watchCongestion();
  }

  pause(): void {
    if (this.#closing || this.#paused) return;
    this.#paused = true;
    this.#webSocket.pause();
  }

  resume(): void {
    if (this.#closing || !this.#paused) return;
    this.#paused = false;
    this.#heard = true;
    this.#webSocket.resume();
  }

  taken(): Promise<void> {
    if (!this.congested) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  close(code: number, reason: string): void {
    if (this.#closing) return;
    // A socket that is held back would not hear the answer.
    this.resume();
    this.#leave();
    if (code === CLOSE_NO_CODE) this.#webSocket.close();
    else this.#webSocket.close(code, reason);
  }

  cut(): void {
    this.#leave();
    this.#webSocket.terminate();
  }

  #watchCongestion(): void {
    if (!this.congested) return;
    this.#stopCongestion ??= this.#clock.after(this.#limits.congestionMs, () => this.#webSocket.terminate());
  }

  /** Whether a frame is one that may come. */
  #counts(): boolean {
    this.#heard = true;
    if (this.#closing) return false;
    if (this.#frames.take()) return true;
    this.close(CLOSE_POLICY, 'Too many frames');
    // Not even its goodbye is worth reading on for.
    this.#webSocket.pause();
    return false;
  }

  #ping(): void {
    if (this.#closing) return;
    // Whom we hold back ourselves cannot be heard.
    if (!this.#heard && !this.#paused) {
      this.#webSocket.terminate();
      return;
    }
    this.#heard = false;
    this.#webSocket.ping();
    this.#stopTimer = this.#clock.after(this.#limits.pingMs, () => this.#ping());
  }

  #drained(): void {
    this.#stopCongestion?.();
    this.#stopCongestion = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** No more is sent, nobody waits to send, and who does not answer our goodbye is cut off. */
  #leave(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#stopTimer();
    this.#drained();
    this.#stopTimer = this.#clock.after(CLOSE_TIMEOUT_MS, () => this.#webSocket.terminate());
  }
}

/** `ws` gives one buffer a message unless told otherwise. */
function bytesOf(data: RawData): Uint8Array | undefined {
  return Buffer.isBuffer(data) ? data : undefined;
}
