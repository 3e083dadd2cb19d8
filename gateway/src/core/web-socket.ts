/**
 * A WebSocket (RFC 6455) as handlers see it: messages in, messages out. Frames, pings and their limits are the
 * listener's matter; what the messages mean is the handler's.
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

/** How a client's side of a socket ended. */
export interface WebSocketEnd {
  /** The close code that the client sent (RFC 6455 §7.4); 1005 where its goodbye had none, 1006 without a goodbye. */
  readonly code: number;
  /** The client's words: valid UTF-8, 123 bytes at most. */
  readonly reason: string;
}

/** Our side of a socket. */
export interface WebSocketChannel {
  /** Sends a text. Nothing happens once the socket is closing. */
  send(text: string): void;
  /** Sends a message as it is: a text that is valid UTF-8, or bytes. Nothing happens once the socket is closing. */
  forward(message: Uint8Array, binary: boolean): void;
  /** Reads no more of the client, but for what is half read, until `resume`. Whom we hold back need answer no ping. */
  pause(): void;
  resume(): void;
  /** Whether more must wait, for the client has not taken what was sent. */
  readonly congested: boolean;
  /** Resolves when the client has taken what was sent, or the socket is gone. */
  taken(): Promise<void>;
  /** Says goodbye with a code of RFC 6455 §7.4 (1005: with none); cuts off who does not answer. */
  close(code: number, reason: string): void;
  /** Ends the connection without a goodbye. */
  cut(): void;
}

/** What the listener tells of a socket. */
export interface WebSocketReceiver {
  /** A text message, valid UTF-8; or a binary one, where the upgrade takes those. */
  message(bytes: Uint8Array, binary: boolean): void;
  /** The socket is gone, for whatever reason: called once, last. */
  closed(end: WebSocketEnd): void;
}

/** What a reply with status 101 asks of the listener. */
export interface WebSocketUpgrade {
  /** Empty for none. */
  readonly subprotocol: string;
  /** Whether binary messages are taken; where not, one closes with 1003. Default: not. */
  readonly binary?: boolean | undefined;
  readonly limits: WebSocketLimits;
  /** Called once the handshake is out. */
  accept(channel: WebSocketChannel): WebSocketReceiver;
}
