import type { Cancellation } from './abort.ts';
import type { Body } from './body.ts';
import type { Deadline } from './deadline.ts';
import type { HeaderFields } from './headers.ts';
import type { Identity } from './identity.ts';
import type { InterimSink } from './interim.ts';
import type { Priority } from './priority.ts';
import { Settlement } from './settlement.ts';
import type { Next, Step } from './step.ts';
import type { Timeline } from './timeline.ts';
import type { TraceContext } from './trace.ts';
import type { WebSocketUpgrade } from './web-socket.ts';

/** Where a request came from, as the connection shows it, or a trusted proxy in front of us. */
export interface ClientInfo {
  /** IP address of the client, in canonical text: the connection's peer, or as a trusted proxy before it tells. */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  /** The connection's peer where that is a trusted proxy. */
  readonly peer?: string | undefined;
  /** With `peer`: the client and the trusted proxies after it, as `X-Forwarded-For` lists them. */
  readonly trail?: string | undefined;
  /** The certificate by which the client proved itself in the handshake, verified. */
  readonly certificate?: ClientCertificate | undefined;
}

/** What a client's verified certificate says (RFC 5280). */
export interface ClientCertificate {
  /** SHA-256 of its DER form in base64url: `x5t#S256` (RFC 8705 §3.1). */
  readonly thumbprint: string;
  /** The subject, one attribute a line as node writes it. */
  readonly subject: string;
  readonly commonName: string | undefined;
  /** Subject alternative names, such as `{ kind: 'uri', value: 'spiffe://…' }`. */
  readonly names: readonly { readonly kind: 'dns' | 'uri' | 'email' | 'ip'; readonly value: string }[];
  readonly issuer: string;
  /** Hex, in upper case. */
  readonly serial: string;
  /** Wall clock, ms. */
  readonly notAfter: number;
}

/**
 * What a call to a backend inherits from whoever caused it. An `Exchange` is one; work without a client
 * (fetching keys, health probes) makes its own with `systemContext` of the upstream room.
 */
export interface CallContext {
  /** The request id: `X-Request-Id` in and out. */
  readonly id: string;
  readonly client: ClientInfo | undefined;
  /** The host the client asked for; `X-Forwarded-Host` to the backends. */
  readonly host: string | undefined;
  readonly identity: Identity | undefined;
  readonly deadline: Deadline;
  /** Fires when the client left or the deadline passed: whatever works for this exchange stops. */
  readonly cancellation: Cancellation;
  readonly timeline: Timeline;
  readonly trace: TraceContext;
  /** How much it matters where there is not room for all; `undefined` is normal. */
  readonly priority?: Priority | undefined;
}

/** The route that a request was matched to. The router makes it; later steps read it. */
export interface MatchedRoute {
  /** Its template, such as `/api/users/*`: the label of logs and metrics. Never a raw path. */
  readonly template: string;
  /** What answers: `proxy`, `graph`, `bff`, `fixed`, `admin`. */
  readonly kind: string;
  /** `:name` parameters, still percent-encoded as they came, and `*` for the wildcard's rest. */
  readonly params: Readonly<Record<string, string>>;
  /** The route's own steps with its handler at the end. */
  readonly chain: Next<Exchange, Reply>;
  /** The tenant for which the client says that it speaks, on a route that is matched on one: not proved yet. */
  readonly tenant?: string | undefined;
}

/** One request and all that becomes known of it on its way down. One is made for each request by the listener. */
export interface Exchange extends CallContext {
  id: string;
  client: ClientInfo;
  host: string;
  method: string;
  /** The request target as received: for the log (after redaction) alone. */
  readonly target: string;
  /** The one canonical path: matched, authorised, cached and sent. Starts with `/`. */
  path: string;
  /** The query without its `?`, as received; empty where there is none. */
  query: string;
  /** Request header fields. Steps may take away and add; the handler sends what is left. */
  readonly headers: HeaderFields;
  body: Body;
  identity: Identity | undefined;
  route: MatchedRoute | undefined;
  /**
   * The tenant as a field states it whose name backends trust, taken away from `headers`: for the match alone, never
   * to be believed.
   */
  statedTenant?: string | undefined;
  trace: TraceContext;
  /** As the route says, or else the caller's plan. */
  priority?: Priority | undefined;
  /**
   * Draws `tokens` more from the consumer's bucket, once a cost is known (a GraphQL operation's). Left here by
   * `consumerLimit`; rejects with `rate_limited`. Without a limit it does nothing.
   */
  charge: (tokens: number) => Promise<void>;
  /**
   * Draws from the limits that count by GraphQL operation, once it is known which one it is: its name as a registered
   * document, or an empty text for one that clients made up. There only where such a limit holds; rejects likewise.
   */
  chargeOperation?: ((operation: string) => Promise<void>) | undefined;
  /** The error that the reply stands for, where it does: for the access log. */
  error: Error | undefined;
  /** Body bytes received from the client so far. */
  requestBytes: number;
  /**
   * On a request that may become a WebSocket: answers an operation that came over it, as a request of its own and by
   * the configuration that is newest then.
   */
  readonly dispatch?: Handler | undefined;
  /** Takes hints before the final reply, where the client understands them. A step may take it away. */
  interim?: InterimSink | undefined;
  /** True for such an operation: the route's `operation` chain answers it. */
  readonly isOperation?: boolean | undefined;
}

/** The head of an answer, its body to come, and the word on how it ended. */
export interface Reply {
  status: number;
  headers: HeaderFields;
  body: Body;
  /**
   * Resolved by the listener when the client has the last byte or the exchange broke. A step that replaces a
   * reply's body keeps its settlement; a step that replaces the whole reply discards the old body.
   */
  readonly settlement: Settlement;
  /** With status 101 alone: the listener makes a WebSocket of the connection. It settles when that is closed. */
  upgrade?: WebSocketUpgrade | undefined;
}

export type Middleware = Step<Exchange, Reply>;
export type Handler = Next<Exchange, Reply>;

export function makeReply(status: number, headers: HeaderFields, body: Body): Reply {
  return { status, headers, body, settlement: new Settlement() };
}
