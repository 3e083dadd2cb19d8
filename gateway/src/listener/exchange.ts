import { Cancellation } from '../core/abort.ts';
import { type Body, emptyBody } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import { Deadline } from '../core/deadline.ts';
import type { ClientInfo, Exchange, Handler, MatchedRoute } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import type { InterimSink } from '../core/interim.ts';
import { Timeline } from '../core/timeline.ts';
import type { TraceContext } from '../core/trace.ts';
import type { Connection } from './connections.ts';
import type { RequestHead } from './request-head.ts';

/** Until `requestId` gives each exchange its own. */
const NO_TRACE: TraceContext = {
  traceId: '00000000000000000000000000000000',
  spanId: '0000000000000000',
  sampled: false,
  state: undefined,
};

const chargeNothing = (): Promise<void> => Promise.resolve();

/** The exchange of one HTTP/1.1 request. */
export class HttpExchange implements Exchange {
  /** Which request of its connection it is, from 1. */
  readonly sequence: number;
  id = '';
  client: ClientInfo;
  host: string;
  method: string;
  readonly target: string;
  path: string;
  query: string;
  readonly headers: HeaderFields;
  body: Body = emptyBody;
  identity: Identity | undefined = undefined;
  route: MatchedRoute | undefined = undefined;
  statedTenant: string | undefined = undefined;
  trace: TraceContext = NO_TRACE;
  readonly deadline: Deadline;
  readonly cancellation: Cancellation;
  readonly timeline: Timeline;
  charge: (tokens: number) => Promise<void> = chargeNothing;
  error: Error | undefined = undefined;
  requestBytes = 0;
  dispatch: Handler | undefined = undefined;
  interim: InterimSink | undefined = undefined;

  /** `now` is `clock.now`, bound once for all exchanges. */
  constructor(
    head: RequestHead,
    method: string,
    target: string,
    connection: Connection,
    clock: Clock,
    now: () => number,
  ) {
    this.sequence = connection.requests;
    this.client = connection.client;
    this.host = head.host;
    this.method = method;
    this.target = target;
    this.path = head.path;
    this.query = head.query;
    this.headers = head.headers;
    this.cancellation = new Cancellation();
    this.deadline = new Deadline(clock, this.cancellation);
    this.timeline = new Timeline(now);
  }
}
