/**
 * A two-way channel of messages to a backend (a WebSocket), as its user sees it. Messages are pushed; `pause` holds
 * the backend back, so that a slow reader's messages pile up nowhere.
 */
import type { FrontdeskError } from './errors.ts';

/** What is asked of the handshake. */
export interface SocketOptions {
  /** Subprotocols, the dearest first; the backend must choose one of them where there are any. */
  readonly protocols: readonly string[];
  /** A longer message ends the socket with 1009. */
  readonly maxMessageBytes: number;
}

/** How a socket ended. */
export interface SocketEnd {
  /** The close code of RFC 6455 §7.4; 1006 where none was received. */
  readonly code: number;
  /** The backend's words: for logs, never for a client. */
  readonly reason: string;
  /** Set where it broke on the backend's side: reset, silence, a breach of the protocol. */
  readonly error: FrontdeskError | undefined;
}

export interface SocketReceiver {
  message(data: Uint8Array, binary: boolean): void;
  /** What `send` said to wait for: all that was sent is with the network. */
  drained(): void;
  /** It is over: called once, last. Not called after `close` by our own side. */
  closed(end: SocketEnd): void;
}

export interface UpstreamSocket {
  /** The subprotocol that the backend chose; empty where there is none. */
  readonly protocol: string;
  /** Messages flow from here on; called once. What came before waits. */
  start(receiver: SocketReceiver): void;
  /**
   * Sends a text, or bytes; bytes are a text where `binary` is false. False: more should wait for `drained`. Nothing
   * happens once it is over.
   */
  send(message: string | Uint8Array, binary?: boolean): boolean;
  pause(): void;
  resume(): void;
  /** Says goodbye, by a code of RFC 6455 §7.4 (1005: without one), and hears no more; cuts off who does not answer. */
  close(code: number, reason: string): void;
}
