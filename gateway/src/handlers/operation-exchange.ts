/**
 * One operation that came over a WebSocket, as an exchange of its own: with the socket's address, host and header
 * fields, and with an id, trace, deadline, log line and limits of its own.
 */
import { Cancellation } from '../core/abort.ts';
import { type Body, emptyBody } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import { Deadline } from '../core/deadline.ts';
import type { ClientInfo, Exchange, MatchedRoute } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import { Timeline } from '../core/timeline.ts';
import type { TraceContext } from '../core/trace.ts';
import type { GraphqlParameters } from '../wire/graphql/graphql-over-http.ts';

export class OperationExchange implements Exchange {
  readonly isOperation = true;
  readonly parameters: GraphqlParameters;
  id = '';
  client: ClientInfo;
  host: string;
  /** That of the handshake: the route is found by it again. */
  method: string;
  readonly target: string;
  path: string;
  query: string;
  readonly headers: HeaderFields;
  body: Body = emptyBody;
  identity: Identity | undefined;
  route: MatchedRoute | undefined;
  statedTenant: string | undefined;
  trace: TraceContext;
  readonly deadline: Deadline;
  readonly cancellation: Cancellation;
  readonly timeline: Timeline;
  charge: (tokens: number) => Promise<void> = async () => {};
  chargeOperation: Exchange['chargeOperation'] = undefined;
  error: Error | undefined;
  requestBytes: number;

  /** `headers` are the handshake's with the client's credentials; `bytes` is the message's size. */
  constructor(
    socket: Exchange,
    message: {
      readonly parameters: GraphqlParameters;
      readonly headers: HeaderFields;
      readonly bytes: number;
    },
    clock: Clock,
  ) {
    this.parameters = message.parameters;
    this.client = socket.client;
    this.host = socket.host;
    this.method = socket.method;
    this.target = socket.target;
    this.path = socket.path;
    this.query = socket.query;
    this.statedTenant = socket.statedTenant;
    this.headers = message.headers.clone();
    this.trace = socket.trace;
    this.requestBytes = message.bytes;
    this.cancellation = new Cancellation();
    this.deadline = new Deadline(clock, this.cancellation);
    this.timeline = new Timeline(() => clock.now());
  }
}
