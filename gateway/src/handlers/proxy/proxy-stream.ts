/**
 * Replies without an end of their own through a proxied route: Server-Sent Events before all. They take no place and
 * no connection of ordinary calls, are bounded by silence and lifetime rather than by size and time, and go on byte by
 * byte as they come. A bound that is reached ends an event stream in good order, so that its client comes back with
 * `Last-Event-ID`; any other stream is broken off, so that half of it never looks like the whole.
 */
import { type Body, type Flow, type Sink, WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream, UpstreamReply, UpstreamRequest } from '../../core/upstream-call.ts';
import { EventGuard } from '../../wire/events/event-guard.ts';
import { EventStripper } from '../../wire/events/event-strip.ts';
import { isEventStream } from '../../wire/events/sse-reader.ts';
import { bothStrip, type JsonStripper } from '../../wire/json/json-strip.ts';
import { stripReply } from '../../wire/strip-reply.ts';
import type { StreamConfig } from './proxy-stream-config.ts';
import { boundReached, type EndReason, type Held, type StreamBounds } from './stream-bounds.ts';

export interface StreamedCallsOptions {
  readonly callUpstream: CallUpstream;
  readonly stream: StreamConfig;
  readonly bounds: StreamBounds;
  /** The route's template, for metrics. */
  readonly route: string;
  /** JSON members that this route's clients may not see: taken out of each event. */
  readonly strip: JsonStripper | undefined;
  /** Largest reply that is no event stream from which members can be stripped. */
  readonly maxStripBytes: number;
}

const READING_FIELDS = ['accept-encoding', 'range', 'if-range'] as const;
const HEARTBEAT = Buffer.from(':\n\n');

/** The same door to the backends; what comes through it is held to the bounds of a stream. */
export function streamedCalls(options: StreamedCallsOptions): CallUpstream {
  const { callUpstream, stream, bounds, route, strip } = options;
  const limits = { idleMs: undefined, lifetimeMs: stream.lifetime, maxPerCaller: stream.maxPerCaller };
  return async (request) => {
    if (strip) for (const name of READING_FIELDS) request.headers.delete(name);
    let body: StreamedBody | undefined;
    let ended: FrontdeskError | undefined;
    const held = bounds.hold(request.context, 'stream', route, limits, (error) => {
      ended ??= error;
      body?.endBy(error);
    });
    try {
      const answer = await callUpstream(streamed(request, stream.idle));
      body = bodyOf(answer, options, held);
      if (!body) return await whole(answer, options, held);
      if (ended) body.endBy(ended);
      const { status, headers, settled } = answer;
      return { status, headers, body, settled };
    } catch (error) {
      held.release('upstream_error');
      throw error;
    }
  };
}

function streamed(request: UpstreamRequest, idleMs: number): UpstreamRequest {
  return { ...request, stream: { idleMs } };
}

/** A reply that has its end already, or must be read to it. */
async function whole(
  answer: UpstreamReply,
  { strip, maxStripBytes }: StreamedCallsOptions,
  held: Held,
): Promise<UpstreamReply> {
  const reply = strip ? await stripReply(answer, strip, maxStripBytes) : answer;
  held.release('done');
  return reply;
}

/** `undefined` for a reply that is no stream. Throws `upstream_invalid` where one must be read and cannot be. */
function bodyOf(
  { headers, body, strip: upstreams }: UpstreamReply,
  { stream, strip: own, bounds }: StreamedCallsOptions,
  held: Held,
): StreamedBody | undefined {
  const isEvents = isEventStream(headers.get('content-type'));
  if (body instanceof WholeBody || (!isEvents && own)) return undefined;
  if (!isEvents) return new StreamedBody(body, held, undefined);
  const strip = bothStrip(upstreams, own);
  const coding = headers.get('content-encoding');
  if (strip && coding !== undefined && coding.toLowerCase() !== 'identity') {
    const error = new FrontdeskError('upstream_invalid', {
      detail: `members must be stripped from these events, but their content-encoding is ${coding}`,
    });
    body.discard(error);
    throw error;
  }
  // nginx would gather events into its buffers.
  if (!headers.has('x-accel-buffering')) headers.set('x-accel-buffering', 'no');
  return new StreamedBody(body, held, {
    guard: coding === undefined ? new EventGuard(stream.eventSize) : undefined,
    stripper: strip && new EventStripper(strip, stream.eventSize),
    heartbeatMs: coding === undefined ? stream.heartbeat : undefined,
    clock: bounds.clock,
  });
}

interface Events {
  /** `undefined` where a content coding hides the events. */
  readonly guard: EventGuard | undefined;
  readonly stripper: EventStripper | undefined;
  readonly heartbeatMs: number | undefined;
  readonly clock: Clock;
}

class StreamedBody implements Body, Flow, Sink {
  readonly replayable = false;
  readonly #body: Body;
  readonly #held: Held;
  readonly #events: Events | undefined;
  #sink: Sink | undefined;
  #flow: Flow | undefined;
  /** A bound that was reached before anyone read. */
  #ended: FrontdeskError | undefined;
  #over = false;
  /** The client has not taken what was written. */
  #waiting = false;
  #wroteAt = 0;
  #disarmHeartbeat: (() => void) | undefined;

  constructor(body: Body, held: Held, events: Events | undefined) {
    this.#body = body;
    this.#held = held;
    this.#events = events;
  }

  get length(): number | undefined {
    return this.#events ? undefined : this.#body.length;
  }

  start(sink: Sink): Flow {
    if (this.#ended) {
      this.#body.discard(this.#ended);
      this.#finish(sink, this.#ended);
      return this;
    }
    this.#sink = sink;
    this.#armHeartbeat();
    const flow = this.#body.start(this);
    if (this.#over) flow.cancel(new FrontdeskError('stream_ended'));
    else this.#flow = flow;
    return this;
  }

  discard(reason: Error): void {
    this.#body.discard(reason);
    this.#release('client');
  }

  /** A bound was reached. */
  endBy(error: FrontdeskError): void {
    if (this.#over) return;
    const sink = this.#sink;
    if (!sink) {
      this.#ended = error;
      return;
    }
    this.#release(boundReached(error));
    this.#flow?.cancel(error);
    this.#finish(sink, error);
  }

  // Flow: the client's side.

  resume(): void {
    this.#waiting = false;
    this.#flow?.resume();
  }

  cancel(reason: Error): void {
    if (this.#over) return;
    this.#release('client');
    this.#flow?.cancel(reason);
  }

  // Sink: the backend's side.

  write(chunk: Uint8Array): boolean {
    if (this.#over) return false;
    const { guard, stripper } = this.#events ?? {};
    if (guard && !guard.watch(chunk)) return this.#refuse('an event is too long', 'upstream_too_large');
    const shown = stripper ? stripper.write(chunk) : chunk;
    if (!shown) return this.#refuse('an event whose members must be stripped is no JSON', 'upstream_invalid');
    if (shown.length === 0) return true;
    if (this.#events?.heartbeatMs !== undefined) this.#wroteAt = this.#events.clock.now();
    const goOn = this.#sink?.write(shown) ?? false;
    this.#waiting = !goOn;
    return goOn;
  }

  end(trailers?: HeaderFields): void {
    if (this.#over) return;
    this.#release('upstream');
    this.#sink?.end(trailers);
  }

  fail(error: Error): void {
    if (this.#over) return;
    const left = error instanceof FrontdeskError && error.code === 'client_closed';
    this.#release(left ? 'client' : 'upstream_error');
    this.#sink?.fail(error);
  }

  #refuse(detail: string, code: 'upstream_too_large' | 'upstream_invalid'): boolean {
    const error = new FrontdeskError(code, { detail });
    this.#release('limit');
    this.#flow?.cancel(error);
    this.#sink?.fail(error);
    return false;
  }

  #finish(sink: Sink, error: FrontdeskError): void {
    this.#release(boundReached(error));
    if (this.#events) sink.end();
    else sink.fail(error);
  }

  #release(reason: EndReason): void {
    this.#over = true;
    this.#disarmHeartbeat?.();
    this.#held.release(reason);
  }

  /** One timer at a time: it looks how long nothing was written, rather than begin anew with each chunk. */
  #armHeartbeat(): void {
    const { clock, heartbeatMs, guard } = this.#events ?? {};
    if (!clock || heartbeatMs === undefined) return;
    const quietMs = clock.now() - this.#wroteAt;
    const dueMs = this.#wroteAt === 0 || quietMs >= heartbeatMs ? heartbeatMs : heartbeatMs - quietMs;
    this.#disarmHeartbeat = clock.after(dueMs, () => {
      const isQuiet = clock.now() - this.#wroteAt >= heartbeatMs;
      // One who does not even take what there is would only gather heartbeats.
      if (isQuiet && !this.#waiting && guard?.atBoundary) {
        this.#wroteAt = clock.now();
        this.#waiting = this.#sink?.write(HEARTBEAT) === false;
      }
      this.#armHeartbeat();
    });
  }
}
