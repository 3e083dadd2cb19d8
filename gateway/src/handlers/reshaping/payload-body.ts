/**
 * Writes an answer in several payloads as one body, in whatever form it is streamed. Payloads are pulled at the client's
 * pace; a quiet stream shows that it lives; whatever ends it, the client is told why where it still listens, and all that
 * works for it stops.
 */
import type { Body, Flow, Sink } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { EndStream } from '../../core/open-streams.ts';
import type { Kept } from '../proxy/stream-keeper.ts';

/** How one form of stream writes what happens. */
export interface StreamDialect {
  readonly open: string;
  /** `undefined` where its readers know none. */
  readonly heartbeat: string | undefined;
  readonly complete: string;
  payload(text: string): string;
  /** The end of a stream that breaks. */
  failure(reason: FrontdeskError): string;
}

export interface PayloadBodyOptions {
  readonly exchange: Exchange;
  readonly payloads: AsyncIterator<string>;
  readonly dialect: StreamDialect;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  /** A client that takes nothing for so long is cut off, milliseconds. Default: never, the connection's limits hold. */
  readonly slowMs?: number | undefined;
  /** Whether it has an end of its own soon, as an answer has that comes in pieces. Default: false. */
  readonly isBrief?: boolean;
}

/** What goes before a body of this kind. */
export function streamHeaders(mediaType: string): HeaderFields {
  return new HeaderFields([
    'content-type',
    mediaType,
    'cache-control',
    'no-store',
    'vary',
    'accept',
    // nginx would gather events into its buffers.
    'x-accel-buffering',
    'no',
  ]);
}

export class PayloadBody implements Body {
  readonly length = undefined;
  readonly replayable = false;
  readonly #options: PayloadBodyOptions;
  #kept: Kept | undefined;
  #sink: Sink | undefined;
  #ended = false;
  /** Set while the client has not taken what was written. */
  #onResume: (() => void) | undefined;
  #disarmHeartbeat: (() => void) | undefined;

  constructor(options: PayloadBodyOptions) {
    this.#options = options;
  }

  get isBrief(): boolean {
    return this.#options.isBrief === true;
  }

  /** Holds it until its end. Throws what `hold` throws. */
  keep(hold: (end: EndStream) => Kept): void {
    this.#kept = hold((reason) => this.#break(reason));
  }

  start(sink: Sink): Flow {
    this.#sink = sink;
    if (this.#ended) {
      // Ended between its beginning and its first byte.
      sink.fail(this.#options.exchange.error ?? new FrontdeskError('stream_ended'));
      return { resume() {}, cancel() {} };
    }
    if (this.#options.dialect.open !== '') sink.write(Buffer.from(this.#options.dialect.open));
    this.#armHeartbeat();
    void this.#pump();
    return {
      resume: () => {
        const resume = this.#onResume;
        this.#onResume = undefined;
        resume?.();
      },
      cancel: () => this.#stop(new FrontdeskError('client_closed')),
    };
  }

  discard(): void {
    this.#stop(new FrontdeskError('client_closed'));
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await this.#options.payloads.next();
        if (this.#ended) return;
        if (done) break;
        this.#kept?.active();
        this.#options.exchange.timeline.recorder?.event();
        if (this.#write(this.#options.dialect.payload(value))) continue;
        await this.#taken();
        if (this.#ended) return;
      }
    } catch (error) {
      this.#break(toFrontdeskError(error));
      return;
    }
    this.#close(this.#options.dialect.complete);
  }

  /** Resolves when the client has taken what was written; one that never does is cut off. */
  async #taken(): Promise<void> {
    const { clock, slowMs } = this.#options;
    const disarm = slowMs === undefined ? undefined : clock.after(slowMs, () => this.#cutOff());
    await new Promise<void>((resolve) => {
      this.#onResume = resolve;
    });
    disarm?.();
  }

  /** There is no way to tell it why: what was written before is still to be taken. */
  #cutOff(): void {
    if (this.#ended) return;
    const reason = new FrontdeskError('slow_consumer');
    this.#options.exchange.error ??= reason;
    this.#stop(reason);
    this.#sink?.fail(reason);
  }

  /** Ends the stream with the reason as its last word. */
  #break(reason: FrontdeskError): void {
    if (this.#ended) return;
    this.#options.exchange.error ??= reason;
    this.#close(this.#options.dialect.failure(reason));
    this.#stop(reason);
  }

  #close(last: string): void {
    if (this.#ended) return;
    this.#write(last);
    this.#release();
    this.#sink?.end();
  }

  /** Ends whatever works for the stream. */
  #stop(reason: FrontdeskError): void {
    this.#release();
    this.#options.exchange.cancellation.cancel(reason);
    // A source that breaks while it ends has nobody left to tell.
    this.#options.payloads.return?.().catch(() => {});
  }

  #release(): void {
    this.#ended = true;
    this.#disarmHeartbeat?.();
    this.#kept?.release();
    this.#onResume?.();
  }

  #write(text: string): boolean {
    this.#armHeartbeat();
    return this.#sink?.write(Buffer.from(text)) ?? true;
  }

  #armHeartbeat(): void {
    const { heartbeat } = this.#options.dialect;
    if (heartbeat === undefined) return;
    this.#disarmHeartbeat?.();
    this.#disarmHeartbeat = this.#options.clock.after(this.#options.heartbeatMs, () => {
      // One who does not even take what there is would only gather heartbeats.
      if (this.#onResume) this.#armHeartbeat();
      else this.#write(heartbeat);
    });
  }
}
