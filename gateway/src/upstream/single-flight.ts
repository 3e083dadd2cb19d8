/**
 * Identical calls in flight to one upstream are one call. Only calls that say so (`UpstreamRequest.share`: the graph's
 * query fetches) take part. The key is made of what is sent, once all header work is done: method, path, every field but
 * those that name the one request (its id, its trace, its time left), and the body, each with its length before it. So
 * nobody gets an answer that was made for another identity, as long as the upstream is told the identity at all.
 *
 * Each who shares is authorised and charged on its own, leaves by its own deadline or disconnect, and disturbs nobody by
 * it; the call itself is cancelled when the last one has left. A write through this upstream ends joining: who reads
 * after it never gets what was read before it. A reply with a cookie is for one alone.
 */
import { Cancellation } from '../core/abort.ts';
import { collect, type Flow, WholeBody } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import { Deadline } from '../core/deadline.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import type { Instrument } from '../core/meter.ts';
import type { Next } from '../core/step.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import type { Policy, UpstreamCall } from './call.ts';

export interface SingleFlightOptions {
  readonly clock: Clock;
  /** Fields that differ from request to request and change no answer, beside the id and trace; lower case. */
  readonly ignored: readonly string[];
  /** Draws from the caller's bucket of this upstream, for those who join; `undefined` without one. */
  readonly draw: ((context: CallContext) => Promise<void>) | undefined;
  /** Counts calls that were answered by another's: (1, upstream). */
  readonly shared: Instrument;
}

const REQUEST_FIELDS: readonly string[] = ['x-request-id', 'x-trace-id', 'traceparent', 'tracestate'];
/** Longer requests are not compared: holding their keys would cost more than asking. */
const MAX_KEY = 262_144;

export function singleFlight({ clock, ignored, draw, shared }: SingleFlightOptions): Policy {
  const flights = new Map<string, Flight>();
  const skipped = new Set([...REQUEST_FIELDS, ...ignored]);

  async function join(
    flight: Flight,
    call: UpstreamCall,
    next: Next<UpstreamCall, UpstreamReply>,
  ): Promise<UpstreamReply> {
    const { context } = call;
    const span = context.timeline.begin(call.upstream, call.label, call.attempt);
    const waiting = flight.join(context);
    try {
      // The place is taken before the token is drawn: meanwhile the call must not be cancelled.
      if (draw) {
        try {
          await draw(context);
        } catch (error) {
          waiting.leave(error instanceof Error ? error : new FrontdeskError('internal'));
        }
      }
      const reply = await waiting.reply;
      span.headMs = context.timeline.elapsedMs();
      span.status = reply.status;
      if (!isForOne(reply)) {
        shared(1, call.upstream);
        context.timeline.end(span, 'shared');
        return { ...reply, headers: reply.headers.clone() };
      }
      context.timeline.end(span, 'not shared');
    } catch (error) {
      context.timeline.end(span, error instanceof FrontdeskError ? error.code : 'internal');
      throw error;
    }
    return next(call);
  }

  return (call, next) => {
    const { body, share } = call;
    if (share === undefined || !(body instanceof WholeBody)) {
      return call.idempotent || call.stream ? next(call) : afterWrite(next(call), flights);
    }
    if (body.bytes.length > MAX_KEY) return next(call);
    const key = keyOf(call, body.bytes, skipped);
    const known = flights.get(key);
    if (known) return join(known, call, next);
    const flight = new Flight(clock, () => {
      if (flights.get(key) === flight) flights.delete(key);
    });
    flights.set(key, flight);
    const { reply } = flight.join(call.context);
    flight.start(call, share, next);
    return reply;
  };
}

/** Before a write is answered nobody can know of it; from then on reads must begin anew. */
async function afterWrite(
  reply: Promise<UpstreamReply>,
  flights: Map<string, Flight>,
): Promise<UpstreamReply> {
  try {
    return await reply;
  } finally {
    flights.clear();
  }
}

function isForOne({ headers }: UpstreamReply): boolean {
  return headers.has('set-cookie');
}

function keyOf(
  { method, path, headers }: UpstreamCall,
  body: Uint8Array,
  skipped: ReadonlySet<string>,
): string {
  let key = `${method.length}:${method}${path.length}:${path}`;
  const { flat } = headers;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? '';
    if (skipped.has(name)) continue;
    const value = flat[i + 1] ?? '';
    key += `${name.length}:${name}${value.length}:${value}`;
  }
  return `${key};${Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')}`;
}

/** A place in a flight. */
interface Waiting {
  readonly context: CallContext;
  /** The whole reply; rejects with the flight's error, or with what made this one leave. */
  readonly reply: Promise<UpstreamReply>;
  leave(reason: Error): void;
}

/** As long as the longest of those who wait. */
class LongestDeadline extends Deadline {
  readonly #waiting: ReadonlySet<Waiting>;

  constructor(clock: Clock, cancellation: Cancellation, waiting: ReadonlySet<Waiting>) {
    super(clock, cancellation);
    this.#waiting = waiting;
  }

  override remainingMs(): number {
    let longest = 0;
    for (const { context } of this.#waiting) longest = Math.max(longest, context.deadline.remainingMs());
    return longest;
  }
}

/** One call and all who wait for it. */
class Flight {
  readonly #cancellation = new Cancellation();
  readonly #waiting = new Set<Waiting>();
  readonly #clock: Clock;
  /** Called once nobody may join any more. */
  readonly #onOver: () => void;
  readonly #reply: Promise<UpstreamReply>;
  readonly #resolve: (reply: UpstreamReply) => void;
  readonly #reject: (error: unknown) => void;

  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock;
    this.#onOver = onOver;
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>();
    this.#reply = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  join(context: CallContext): Waiting {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>();
    const leave = (reason: Error): void => {
      stopListening();
      reject(reason);
      if (!this.#waiting.delete(waiting) || this.#waiting.size > 0) return;
      this.#onOver();
      this.#cancellation.cancel(reason);
    };
    const waiting: Waiting = { context, reply: promise, leave };
    this.#waiting.add(waiting);
    const stopListening = context.cancellation.onCancel(leave);
    this.#reply.then(
      (reply) => {
        stopListening();
        resolve(reply);
      },
      (error: unknown) => {
        stopListening();
        reject(error);
      },
    );
    return waiting;
  }

  /** Sends `call`, on behalf of all who will have joined. */
  start(call: UpstreamCall, maxBytes: number, next: Next<UpstreamCall, UpstreamReply>): void {
    const { id, client, host, identity, timeline, trace } = call.context;
    const cancellation = this.#cancellation;
    const deadline = new LongestDeadline(this.#clock, cancellation, this.#waiting);
    call.context = { id, client, host, identity, timeline, trace, cancellation, deadline };
    this.#read(next(call), maxBytes).then(
      (reply) => {
        this.#onOver();
        this.#resolve(reply);
      },
      (error: unknown) => {
        this.#onOver();
        this.#reject(error);
      },
    );
  }

  async #read(replying: Promise<UpstreamReply>, maxBytes: number): Promise<UpstreamReply> {
    const { status, headers, body, settled } = await replying;
    const tooLarge = (limit: number): FrontdeskError =>
      new FrontdeskError('upstream_too_large', { detail: `a reply of more than ${limit} bytes` });
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    // Nobody else listens to this cancellation for longer than the call lasts: there is no need to stop.
    const onFlow = (flow: Flow): void => {
      this.#cancellation.onCancel((reason) => {
        flow.cancel(reason);
        reject(reason);
      });
    };
    collect(body, maxBytes, tooLarge, onFlow).then(resolve, reject);
    return { status, headers, body: new WholeBody(await promise), settled };
  }
}
