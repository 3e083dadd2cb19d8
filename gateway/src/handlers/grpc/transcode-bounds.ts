/**
 * A transcoded stream as something that is held open: bounded in its lifetime and by all that `StreamBounds` knows, and,
 * as server-sent events, kept alive by comments. A bound ends events in good order, without `complete`, so that the
 * client comes back; lines end with one that says why, for half of them must not look like the whole.
 */
import { type Body, type Flow, type Sink, WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Reply } from '../../core/exchange.ts';
import { problemDetails } from '../../wire/problem-details.ts';
import { boundReached, type EndReason, type Held, type StreamBounds } from '../proxy/stream-bounds.ts';
import type { StreamFormat } from './transcode-stream.ts';

const HEARTBEAT = Buffer.from(':\n\n');

export interface StreamHold {
  readonly bounds: StreamBounds;
  readonly exchange: Exchange;
  /** The route's template, for metrics. */
  readonly template: string;
  readonly format: StreamFormat;
  /** Milliseconds. */
  readonly lifetime: number;
  readonly maxPerCaller: number;
  /** Milliseconds between comments; of events alone. */
  readonly heartbeat?: number | undefined;
}

/** Holds it from before the call, so that a caller who has too many costs the backend nothing. */
export async function heldStream(hold: StreamHold, make: () => Promise<Reply>): Promise<Reply> {
  const { bounds, exchange, template, format, lifetime, maxPerCaller, heartbeat } = hold;
  let body: HeldStream | undefined;
  let ended: FrontdeskError | undefined;
  const limits = { idleMs: undefined, lifetimeMs: lifetime, maxPerCaller };
  const held = bounds.hold(exchange, 'stream', template, limits, (error) => {
    ended ??= error;
    body?.endBy(error);
  });
  try {
    const answer = await make();
    if (answer.body instanceof WholeBody) {
      held.release('done');
      return answer;
    }
    const isEvents = format === 'sse';
    body = new HeldStream(answer.body, {
      held,
      clock: bounds.clock,
      heartbeatMs: isEvents ? heartbeat : undefined,
      last: (error) => (isEvents ? undefined : lastLine(error, exchange.id)),
    });
    if (ended) body.endBy(ended);
    answer.body = body;
    return answer;
  } catch (error) {
    held.release('upstream_error');
    throw error;
  }
}

function lastLine(error: FrontdeskError, requestId: string): Uint8Array {
  return Buffer.from(`{"error":${JSON.stringify(problemDetails(error, requestId))}}\n`);
}

interface HeldStreamOptions {
  readonly held: Held;
  readonly clock: Clock;
  /** Of events alone. */
  readonly heartbeatMs: number | undefined;
  /** What is said at a bound; nothing where the end says enough. */
  last(error: FrontdeskError): Uint8Array | undefined;
}

/** Each chunk of its source is whole messages. */
class HeldStream implements Body, Flow, Sink {
  readonly length = undefined;
  readonly replayable = false;
  readonly #source: Body;
  readonly #options: HeldStreamOptions;
  #sink: Sink | undefined;
  #flow: Flow | undefined;
  /** A bound that was reached before anyone read. */
  #ended: FrontdeskError | undefined;
  #over = false;
  /** The client has not taken what was written. */
  #isWaiting = false;
  #wroteAt: number;
  #disarm: (() => void) | undefined;

  constructor(source: Body, options: HeldStreamOptions) {
    this.#source = source;
    this.#options = options;
    this.#wroteAt = options.clock.now();
  }

  start(sink: Sink): Flow {
    this.#sink = sink;
    if (this.#ended) {
      this.#source.discard(this.#ended);
      this.#say(sink, this.#ended);
      return this;
    }
    const flow = this.#source.start(this);
    // Where a bound was reached meanwhile its reins were not in our hands yet.
    if (this.#ended) flow.cancel(this.#ended);
    else if (!this.#over) {
      this.#flow = flow;
      this.#arm(this.#options.heartbeatMs);
    }
    return this;
  }

  discard(reason: Error): void {
    this.#source.discard(reason);
    this.#release('client');
  }

  /** A bound was reached. */
  endBy(error: FrontdeskError): void {
    if (this.#over) return;
    this.#release(boundReached(error));
    this.#ended = error;
    this.#flow?.cancel(error);
    if (this.#sink) this.#say(this.#sink, error);
  }

  // Flow: the client's side.

  resume(): void {
    this.#isWaiting = false;
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
    this.#wroteAt = this.#options.clock.now();
    const goOn = this.#sink?.write(chunk) ?? false;
    this.#isWaiting = !goOn;
    return goOn;
  }

  end(): void {
    if (this.#over) return;
    this.#release('upstream');
    this.#sink?.end();
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#release(
      error instanceof FrontdeskError && error.code === 'client_closed' ? 'client' : 'upstream_error',
    );
    this.#sink?.fail(error);
  }

  #say(sink: Sink, error: FrontdeskError): void {
    const last = this.#options.last(error);
    if (last) sink.write(last);
    sink.end();
  }

  #release(reason: EndReason): void {
    this.#over = true;
    this.#disarm?.();
    this.#options.held.release(reason);
  }

  /** One timer at a time: it looks how long nothing was written, rather than begin anew with each message. */
  #arm(heartbeatMs: number | undefined): void {
    if (heartbeatMs === undefined) return;
    const { clock } = this.#options;
    this.#disarm = clock.after(Math.max(1, this.#wroteAt + heartbeatMs - clock.now()), () => {
      // One who does not even take what there is would only gather heartbeats.
      if (clock.now() - this.#wroteAt >= heartbeatMs) {
        if (!this.#isWaiting) this.#isWaiting = this.#sink?.write(HEARTBEAT) === false;
        this.#wroteAt = clock.now();
      }
      if (!this.#over) this.#arm(heartbeatMs);
    });
  }
}
