/**
 * A WebSocket (RFC 6455) as handlers see it: texts in, texts out. Frames, pings and their limits are the listener's
 * matter; what the texts mean is the handler's.
 */

/** What one socket may take of us. */
export interface WebSocketLimits {
  /** A longer message closes with 1009. */
  readonly maxMessageBytes: number;
  /** A message in more pieces closes with 1008. */
  readonly maxFragments: number;
  /** More frames of any kind within a second (pings and pieces included) close with 1008. */
  readonly maxFramesPerSecond: number;
  /** With more than this waiting for a client that does not read, nothing more is sent to it. */
  readonly maxBufferedBytes: number;
  /** How long that may last before the client is cut off. */
  readonly congestionMs: number;
  /** How often a ping asks whether the client is still there; two without an answer cut it off. */
  readonly pingMs: number;
}

/** Our side of a socket. */
export interface WebSocketChannel {
  /** Sends a text. Nothing happens once the socket is closing. */
  send(text: string): void;
  /** Whether more must wait, for the client has not taken what was sent. */
  readonly congested: boolean;
  /** Resolves when the client has taken what was sent, or the socket is gone. */
  taken(): Promise<void>;
  /** Says goodbye with a code of RFC 6455 §7.4; cuts off who does not answer. */
  close(code: number, reason: string): void;
}

/** What the listener tells of a socket. */
export interface WebSocketReceiver {
  /** A text message, valid UTF-8. Binary ones never get here. */
  message(bytes: Uint8Array): void;
  /** The socket is gone, for whatever reason: called once, last. */
  closed(): void;
}

/** What a reply with status 101 asks of the listener. */
export interface WebSocketUpgrade {
  readonly subprotocol: string;
  readonly limits: WebSocketLimits;
  /** Called once the handshake is out. */
  accept(channel: WebSocketChannel): WebSocketReceiver;
}
