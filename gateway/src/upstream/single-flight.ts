/**
 * Identical calls in flight to one upstream are one call. Only calls that say so (`UpstreamRequest.share`: the graph's
 * query fetches) take part. Identical is what is sent, once all header work is done, byte for byte: method, path, body
 * and every field but those that name the one request (its id, its trace, its time left). So nobody gets an answer that
 * was made for another identity, as long as the upstream is told the identity at all.
 *
 * Each who shares is authorised and charged on its own, leaves by its own deadline or disconnect, and disturbs nobody by
 * it; the call itself is cancelled when the last one has left. A write through this upstream ends joining: who reads
 * after it never gets what was read before it. A reply with a cookie is for one alone.
 *
 * Calls are found by a rough hash and then compared whole: measured, a key made of all that is compared costs several
 * times as much, and nearly every call finds nobody to share with.
 */
import { collect, type Flow, WholeBody } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import { Flight } from '../core/flight.ts';
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

export function singleFlight({ clock, ignored, draw, shared }: SingleFlightOptions): Policy {
  const flights = new Flights(new Set([...REQUEST_FIELDS, ...ignored]));

  async function join(
    flight: CallFlight,
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
      const reply = await waiting.result;
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
    if (call.context.cancellation.cancelled) return next(call);
    if (share === undefined || !(body instanceof WholeBody)) {
      return call.idempotent || call.stream ? next(call) : afterWrite(next(call), flights);
    }
    const hash = hashOf(body.bytes);
    const known = flights.find(hash, call, body.bytes);
    if (known) return join(known, call, next);
    const flight = new CallFlight(flights, hash, call, body.bytes);
    flights.add(hash, flight);
    const { result } = flight.join(call.context);
    flight.start(clock, share, next);
    return result;
  };
}

/** Before a write is answered nobody can know of it; from then on reads must begin anew. */
async function afterWrite(reply: Promise<UpstreamReply>, flights: Flights): Promise<UpstreamReply> {
  try {
    return await reply;
  } finally {
    flights.clear();
  }
}

function isForOne({ headers }: UpstreamReply): boolean {
  return headers.has('set-cookie');
}

/** Bytes that the rough hash looks at. */
const SAMPLES = 32;

function hashOf(body: Uint8Array): number {
  const { length } = body;
  const step = Math.max(1, Math.floor(length / SAMPLES));
  let hash = length;
  for (let i = length - 1; i >= 0; i -= step) hash = (Math.imul(hash, 31) + (body[i] ?? 0)) | 0;
  return hash;
}

/** The calls that may be joined. */
class Flights {
  readonly #byHash = new Map<number, CallFlight[]>();
  readonly #skipped: ReadonlySet<string>;

  constructor(skipped: ReadonlySet<string>) {
    this.#skipped = skipped;
  }

  find(hash: number, call: UpstreamCall, body: Uint8Array): CallFlight | undefined {
    const flights = this.#byHash.get(hash);
    if (!flights) return undefined;
    return flights.find(
      (flight) =>
        flight.method === call.method &&
        flight.path === call.path &&
        Buffer.compare(flight.body, body) === 0 &&
        this.#sameFields(flight.fields, call.headers.flat),
    );
  }

  add(hash: number, flight: CallFlight): void {
    const flights = this.#byHash.get(hash);
    if (flights) flights.push(flight);
    else this.#byHash.set(hash, [flight]);
  }

  remove(hash: number, flight: CallFlight): void {
    const flights = this.#byHash.get(hash);
    const at = flights?.indexOf(flight) ?? -1;
    if (!flights || at < 0) return;
    if (flights.length === 1) this.#byHash.delete(hash);
    else flights.splice(at, 1);
  }

  clear(): void {
    this.#byHash.clear();
  }

  /** Whether both have the same fields in the same order, without those that do not count. */
  #sameFields(a: readonly string[], b: readonly string[]): boolean {
    let i = 0;
    let j = 0;
    for (;;) {
      while (i < a.length && this.#skipped.has(a[i] ?? '')) i += 2;
      while (j < b.length && this.#skipped.has(b[j] ?? '')) j += 2;
      if (i >= a.length || j >= b.length) return i >= a.length && j >= b.length;
      if (a[i] !== b[j] || a[i + 1] !== b[j + 1]) return false;
      i += 2;
      j += 2;
    }
  }
}

/** One call and all who wait for its reply. */
class CallFlight extends Flight<UpstreamReply> {
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
  readonly fields: readonly string[];
  readonly #call: UpstreamCall;
  readonly #flights: Flights;
  readonly #hash: number;

  constructor(flights: Flights, hash: number, call: UpstreamCall, body: Uint8Array) {
    super();
    this.method = call.method;
    this.path = call.path;
    this.body = body;
    this.fields = call.headers.flat;
    this.#call = call;
    this.#flights = flights;
    this.#hash = hash;
  }

  protected override over(): void {
    this.#flights.remove(this.#hash, this);
  }

  /** Sends the call, on behalf of all who will have joined. */
  start(clock: Clock, maxBytes: number, next: Next<UpstreamCall, UpstreamReply>): void {
    const call = this.#call;
    call.context = this.contextFor(call.context, clock);
    next(call).then(
      (reply) => this.#read(reply, maxBytes),
      (error: unknown) => this.fail(error),
    );
  }

  #read(reply: UpstreamReply, maxBytes: number): void {
    const tooLarge = (limit: number): FrontdeskError =>
      new FrontdeskError('upstream_too_large', { detail: `a reply of more than ${limit} bytes` });
    // Nobody else listens to this cancellation for longer than the call lasts: there is no need to stop.
    const onFlow = (flow: Flow): void => {
      this.cancellation.onCancel((reason) => flow.cancel(reason));
    };
    collect(reply.body, maxBytes, tooLarge, onFlow).then(
      (bytes) => this.finish({ ...reply, body: new WholeBody(bytes) }),
      (error: unknown) => this.fail(error),
    );
  }
}
