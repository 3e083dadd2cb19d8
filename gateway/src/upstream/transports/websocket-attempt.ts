/**
 * One WebSocket to a backend, from its handshake to its end.
 *
 * Invariants: `head` settles once, and so does `settled`; nothing is heard by a receiver after `closed`, nor after
 * our own `close`; a backend that says nothing (no message, no pong) for the idle time is cut off.
 */
import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import { emptyBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { Settlement } from '../../core/settlement.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import type { SocketEnd, SocketReceiver, UpstreamSocket } from '../../core/upstream-socket.ts';
import type { RunningAttempt, UpstreamCall } from '../call.ts';
import { endToEnd } from './reply-fields.ts';

/** Once more than this waits for the network, the sender is asked to wait too. */
const SEND_AHEAD_BYTES = 64 * 1024;
/** How long a backend may take to answer our goodbye. */
const CLOSE_WITHIN_MS = 5_000;
const NORMAL = 1000;
const NO_CODE = 1005;
const NO_STATUS = 1006;
const GOING_AWAY = 1001;

export class SocketAttempt implements UpstreamSocket, RunningAttempt {
  readonly head: Promise<UpstreamReply>;
  /** Set when nothing more comes of it. */
  over = false;
  readonly #call: UpstreamCall;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #settlement = new Settlement();
  readonly #resolve: (reply: UpstreamReply) => void;
  readonly #reject: (error: Error) => void;
  readonly #stopListening: () => void;
  #socket: WebSocket | undefined;
  #answer: IncomingMessage | undefined;
  #opened = false;
  #receiver: SocketReceiver | undefined;
  #paused = true;
  #congested = false;
  #bytes = 0;
  #error: FrontdeskError | undefined;
  #heardAt = 0;
  #disarm: (() => void) | undefined;

  constructor(call: UpstreamCall, clock: Clock, idleMs: number) {
    this.#call = call;
    this.#clock = clock;
    this.#idleMs = idleMs;
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>();
    this.head = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#stopListening = call.context.cancellation.onCancel((reason) => this.abort(reason));
  }

  /** The handshake cannot even be written. */
  refuse(error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error);
    this.#fail(new FrontdeskError('internal', { detail, cause: error }));
  }

  listen(socket: WebSocket): void {
    this.#socket = socket;
    socket.on('upgrade', (answer) => {
      this.#answer = answer;
    });
    socket.on('unexpected-response', (request, answer) => {
      request.destroy();
      this.#refused(answer);
    });
    socket.on('open', () => this.#open());
    socket.on('error', (error) => {
      this.#error ??= this.#opened ? brokenSocket(error) : failedHandshake(error, this.#call.sent);
    });
    socket.on('close', (code, reason) => this.#closed(code, reason.toString('utf8')));
    socket.on('message', (data, binary) => this.#message(data, binary));
    socket.on('ping', () => this.#heard());
    socket.on('pong', () => this.#heard());
  }

  // UpstreamSocket: the user's side.

  get protocol(): string {
    return this.#socket?.protocol ?? '';
  }

  start(receiver: SocketReceiver): void {
    this.#receiver = receiver;
    this.resume();
  }

  send(message: string | Uint8Array, binary = typeof message !== 'string'): boolean {
    const socket = this.#socket;
    if (this.over || !socket) return true;
    socket.send(message, { binary }, () => this.#taken());
    if (socket.bufferedAmount <= SEND_AHEAD_BYTES) return true;
    this.#congested = true;
    return false;
  }

  pause(): void {
    if (this.over || this.#paused) return;
    this.#paused = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (this.over || !this.#paused) return;
    this.#paused = false;
    this.#heardAt = this.#clock.now();
    this.#socket?.resume();
  }

  close(code: number, reason: string): void {
    if (this.over) return;
    this.#end(code === NORMAL || code === NO_CODE ? 'complete' : 'aborted', undefined);
    // A socket that is held back would not hear the answer.
    const socket = this.#socket;
    socket?.resume();
    if (code === NO_CODE) socket?.close();
    else socket?.close(code, reason);
    socket?.once(
      'close',
      this.#clock.after(CLOSE_WITHIN_MS, () => socket.terminate()),
    );
  }

  abort(error: Error): void {
    if (this.over) return;
    if (!this.#opened) {
      this.#fail(error);
      this.#socket?.terminate();
      return;
    }
    this.#end('aborted', error);
    this.#receiver?.closed({ code: GOING_AWAY, reason: '', error: ours(error) });
    this.#socket?.terminate();
  }

  // ws: the backend's side.

  #open(): void {
    if (this.over) return;
    this.#opened = true;
    this.#socket?.pause();
    this.#heardAt = this.#clock.now();
    this.#watch();
    const headers = endToEnd(this.#answer?.headers ?? {});
    this.#resolve({
      status: 101,
      headers,
      body: emptyBody,
      settled: this.#settlement.settled,
      socket: this,
    });
  }

  #refused(answer: IncomingMessage): void {
    if (this.over) return;
    this.over = true;
    this.#stopListening();
    this.#settlement.settle({ kind: 'complete', bytes: 0 });
    const status = answer.statusCode ?? 502;
    const { settled } = this.#settlement;
    this.#resolve({ status, headers: endToEnd(answer.headers), body: emptyBody, settled });
    this.#socket?.terminate();
  }

  #message(data: RawData, binary: boolean): void {
    if (this.over) return;
    this.#heardAt = this.#clock.now();
    const bytes = Array.isArray(data)
      ? Buffer.concat(data)
      : data instanceof ArrayBuffer
        ? Buffer.from(data)
        : data;
    this.#bytes += bytes.length;
    this.#receiver?.message(bytes, binary);
  }

  #heard(): void {
    this.#heardAt = this.#clock.now();
  }

  #taken(): void {
    if (this.over || !this.#congested || (this.#socket?.bufferedAmount ?? 0) > 0) return;
    this.#congested = false;
    this.#receiver?.drained();
  }

  #closed(code: number, reason: string): void {
    if (this.over) return;
    if (!this.#opened) {
      this.#fail(this.#error ?? new FrontdeskError('upstream_reset', { detail: `closed with ${code}` }));
      return;
    }
    const lost =
      code === NO_STATUS ? new FrontdeskError('upstream_reset', { detail: 'no close frame' }) : undefined;
    const end: SocketEnd = { code, reason, error: this.#error ?? lost };
    this.#end(end.error ? 'failed' : 'complete', end.error);
    this.#receiver?.closed(end);
  }

  /** Asks after half the idle time whether anybody is there, and cuts off who was silent for all of it. */
  #watch(): void {
    this.#disarm = this.#clock.after(this.#idleMs / 2, () => {
      // Whom we hold back ourselves cannot be heard.
      const silentMs = this.#paused ? 0 : this.#clock.now() - this.#heardAt;
      if (silentMs >= this.#idleMs) {
        const error = new FrontdeskError('upstream_timeout', { detail: `silent for ${this.#idleMs} ms` });
        this.#end('failed', error);
        this.#receiver?.closed({ code: NO_STATUS, reason: '', error });
        this.#socket?.terminate();
        return;
      }
      if (silentMs > 0) this.#socket?.ping();
      this.#watch();
    });
  }

  #fail(error: Error): void {
    this.over = true;
    this.#stopListening();
    this.#reject(error);
  }

  #end(kind: 'complete' | 'aborted' | 'failed', error: Error | undefined): void {
    this.over = true;
    this.#stopListening();
    this.#disarm?.();
    this.#settlement.settle(error ? { kind, bytes: this.#bytes, error } : { kind, bytes: this.#bytes });
  }
}

function ours(error: Error): FrontdeskError {
  return error instanceof FrontdeskError ? error : new FrontdeskError('client_closed', { cause: error });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function failedHandshake(error: Error, connected: boolean): FrontdeskError {
  if (error instanceof FrontdeskError) return error;
  const code = codeOf(error);
  const options = { detail: `${code || error.name}: ${error.message}`, cause: error };
  if (!connected) return new FrontdeskError('upstream_connect', options);
  const reset = code === 'ECONNRESET' || code === 'EPIPE';
  return new FrontdeskError(reset ? 'upstream_reset' : 'upstream_invalid', options);
}

function brokenSocket(error: Error): FrontdeskError {
  const code = codeOf(error);
  const options = { detail: `${code || error.name}: ${error.message}`, cause: error };
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return new FrontdeskError('upstream_too_large', options);
  return new FrontdeskError(code.startsWith('WS_ERR_') ? 'upstream_invalid' : 'upstream_reset', options);
}
