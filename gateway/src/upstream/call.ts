/**
 * A call on its way down the outbound chain: core's `UpstreamRequest` and what the steps add to it. One object
 * for each attempt, so that attempts that overlap (hedging) cannot disturb each other.
 */
import type { Body } from '../core/body.ts';
import type { CallContext } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { InterimSink } from '../core/interim.ts';
import type { Step } from '../core/step.ts';
import type { UpstreamSpan } from '../core/timeline.ts';
import type { RetryRules, StreamOptions, UpstreamReply, UpstreamRequest } from '../core/upstream-call.ts';

export type Policy = Step<UpstreamCall, UpstreamReply>;

/** An attempt that a transport has under way and can give up. */
export interface RunningAttempt {
  /** Ends the attempt with `error`: the reply's promise rejects with it, or its body fails with it. */
  abort(error: Error): void;
}

/** What a call knows of the endpoint that was picked for it. */
export interface PickedEndpoint {
  /** `host:port`. */
  readonly address: string;
  send(call: UpstreamCall): Promise<UpstreamReply>;
}

/** RFC 9110 §9.2.2: sending these twice does no more than sending them once. */
export function isIdempotentMethod(method: string): boolean {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'PUT':
    case 'DELETE':
    case 'TRACE':
    case 'QUERY':
      return true;
    default:
      return false;
  }
}

export class UpstreamCall {
  readonly upstream: string;
  /** Whoever caused it; where several share the call, all of them (`singleFlight`). */
  context: CallContext;
  readonly method: string;
  readonly path: string;
  readonly idempotent: boolean;
  /** Limit of one attempt that the caller asked for; `undefined` leaves it to the upstream. */
  readonly timeoutMs: number | undefined;
  /** By what to try again, where it differs from the upstream's own. */
  readonly retry: RetryRules | undefined;
  readonly label: string | undefined;
  readonly stream: StreamOptions | undefined;
  readonly readsMessages: boolean | undefined;
  /** Bytes of the largest reply that may be shared with identical calls; `undefined` shares nothing. */
  readonly share: number | undefined;
  /** Hears interim replies: of the first try alone, or a client would hear them of several. */
  interim: InterimSink | undefined;
  /** 1 for the first try. */
  readonly attempt: number;
  /** As the caller gave them, until `forwarding` replaces them by what is sent. */
  headers: HeaderFields;
  body: Body;
  /** Left by `forwarding`: whether a client's field of this lower-case name may go on, after the body too. */
  passes: ((name: string) => boolean) | undefined;
  /** Left by `observation`. */
  span: UpstreamSpan | undefined;
  /** What the call sticks by, hashed; `undefined` where it sticks by nothing. Left by `affinity`. */
  affinity: number | undefined;
  /** Picked by `balance`. On a retry it is where the last attempt went, until another is picked. */
  endpoint: PickedEndpoint | undefined;
  /** Set on a second attempt beside one under way: it does not wait for a place, and may have to go elsewhere. */
  hedge: 'another' | 'any' | undefined;
  /** Left by the transport, for whoever must end the attempt early. */
  running: RunningAttempt | undefined;
  /** Whether any byte of the request may have been sent. */
  sent: boolean;
  /** Whether it was sent on a connection that had served before: a reset there is likely an idle close. */
  connectionReused: boolean;

  /** `upstream`: where the call goes instead, once a side of a split is chosen. */
  constructor(request: UpstreamRequest | UpstreamCall, attempt = 1, upstream = request.upstream) {
    this.upstream = upstream;
    this.context = request.context;
    this.method = request.method;
    this.path = request.path;
    this.headers = request.headers;
    this.body = request.body;
    this.idempotent = request.idempotent ?? isIdempotentMethod(request.method);
    this.timeoutMs = request.timeoutMs;
    this.retry = request.retry;
    this.label = request.label;
    this.stream = request.stream;
    this.readsMessages = request.readsMessages;
    this.share = request.share;
    this.interim = attempt === 1 ? request.interim : undefined;
    this.attempt = attempt;
    this.passes = undefined;
    this.span = undefined;
    this.affinity = undefined;
    this.endpoint = undefined;
    this.hedge = undefined;
    this.running = undefined;
    this.sent = false;
    this.connectionReused = false;
  }

  /** The same call for an attempt that has a cancellation of its own. */
  copy(attempt: number, context: CallContext): UpstreamCall {
    const call = new UpstreamCall(this, attempt);
    call.context = context;
    call.affinity = this.affinity;
    call.passes = this.passes;
    return call;
  }

  /** The next attempt of the same call; it knows where the last one went. */
  again(): UpstreamCall {
    const call = new UpstreamCall(this, this.attempt + 1);
    call.affinity = this.affinity;
    call.passes = this.passes;
    call.endpoint = this.endpoint;
    return call;
  }
}
