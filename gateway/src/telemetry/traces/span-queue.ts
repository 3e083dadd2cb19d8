/**
 * Spans on their way to the collector: a bounded queue, sent in batches, one at a time. Nobody waits for it: what does not
 * fit is dropped and counted. A collector that is ill is tried again, less and less often, with the same batch; what it did
 * not take after that is dropped, so that what is told is what happened lately. An outage is logged when it begins and when
 * it is over.
 */
import type { Clock, Random } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Instrument, Meter } from '../../core/meter.ts';
import type { FinishedSpan } from './span.ts';

export type ExportResult =
  | { readonly kind: 'taken' /** Spans that the collector says it refused. */; readonly rejected: number }
  /** `afterMs`: as the collector asks. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs: number | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

/** Never rejects. */
export type ExportSpans = (spans: readonly FinishedSpan[]) => Promise<ExportResult>;

export interface SpanQueueOptions {
  readonly config: { readonly spans: number; readonly batch: number; readonly interval: number };
  readonly send: ExportSpans;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}

const MAX_TRIES = 5;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;
/** Longer than a collector may make us wait. */
const MAX_ASKED_MS = 60_000;

export class SpanQueue {
  readonly #options: SpanQueueOptions;
  readonly #waiting: FinishedSpan[] = [];
  readonly #countDrop: Instrument;
  readonly #countExport: Instrument;
  readonly #gauge: Instrument;
  #disarm: (() => void) | undefined;
  /** The batch that is with the collector, or is to go to it once more. */
  #sending: Promise<void> | undefined;
  #failures = 0;
  #droppedInOutage = 0;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(options: SpanQueueOptions) {
    this.#options = options;
    const { meter } = options;
    this.#countDrop = meter.counter({
      name: 'frontdesk_trace_spans_dropped_total',
      help: 'Spans of kept traces that were not exported: rate (more than may be kept in a second), queue_full, export (the collector did not take them), rejected (it took the batch and refused them), closing',
      labels: ['reason'],
    });
    this.#countExport = meter.counter({
      name: 'frontdesk_trace_spans_exported_total',
      help: 'Spans that the collector took',
      labels: [],
    });
    this.#gauge = meter.gauge({
      name: 'frontdesk_trace_spans_queued',
      help: 'Spans that wait for the collector',
      labels: [],
    });
    this.#gauge(0);
  }

  /** Takes the spans of a trace, or what of them there is room for. */
  add(spans: readonly FinishedSpan[]): void {
    const { config, clock } = this.#options;
    const room = this.#closed ? 0 : config.spans - this.#waiting.length;
    for (let i = 0; i < spans.length && i < room; i += 1) {
      const span = spans[i];
      if (span) this.#waiting.push(span);
    }
    if (spans.length > room) this.drop(this.#closed ? 'closing' : 'queue_full', spans.length - room);
    this.#gauge(this.#waiting.length);
    if (this.#sending || this.#waiting.length === 0) return;
    if (this.#waiting.length >= config.batch) this.#flush();
    else this.#disarm ??= clock.after(config.interval, () => this.#flush());
  }

  drop(reason: string, spans: number): void {
    this.#countDrop(spans, reason);
    if (this.#failures > 0) this.#droppedInOutage += spans;
  }

  /** Sends what waits, for as long as `withinMs` allows; what is left then is dropped. */
  async close(withinMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const disarm = this.#options.clock.after(withinMs, resolve);
    this.#wake?.();
    if (!this.#sending && this.#waiting.length > 0) this.#flush();
    await Promise.race([this.#sending, late]);
    disarm();
    if (this.#waiting.length > 0) this.#countDrop(this.#waiting.length, 'closing');
    this.#waiting.length = 0;
    this.#gauge(0);
  }

  #flush(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined;
      const { config, clock } = this.#options;
      if (this.#waiting.length > 0 && !this.#closed)
        this.#disarm ??= clock.after(config.interval, () => this.#flush());
    });
  }

  /** Sends what waits now, and goes on as long as there are whole batches. */
  async #drain(): Promise<void> {
    const { batch } = this.#options.config;
    do {
      const spans = this.#waiting.splice(0, batch);
      this.#gauge(this.#waiting.length);
      await this.#sendBatch(spans);
    } while (this.#waiting.length >= batch || (this.#closed && this.#waiting.length > 0));
  }

  async #sendBatch(spans: readonly FinishedSpan[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const result = await this.#options.send(spans);
      if (result.kind === 'taken') {
        this.#recovered();
        // Whatever it says: no more than it was sent.
        const rejected = Math.min(result.rejected, spans.length);
        this.#countExport(spans.length - rejected);
        if (rejected > 0) this.#countDrop(rejected, 'rejected');
        return;
      }
      this.#failed(result.reason);
      if (result.kind === 'refused' || tries >= MAX_TRIES || this.#closed) {
        this.drop('export', spans.length);
        return;
      }
      await this.#pause(result.afterMs);
    }
  }

  /** Half of a bound that doubles, and up to as much again; ended early when the queue is closed. */
  #pause(askedMs: number | undefined): Promise<void> {
    const { clock, random } = this.#options;
    const bound = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#failures - 1));
    const delayMs = askedMs === undefined ? (bound * (1 + random())) / 2 : Math.min(askedMs, MAX_ASKED_MS);
    const { promise, resolve } = Promise.withResolvers<void>();
    const disarm = clock.after(delayMs, resolve);
    this.#wake = () => {
      disarm();
      resolve();
    };
    return promise.finally(() => {
      this.#wake = undefined;
    });
  }

  #failed(reason: string): void {
    this.#failures += 1;
    if (this.#failures > 1) return;
    this.#options.logger.warn({ reason }, 'traces cannot be exported: the collector is tried again');
  }

  #recovered(): void {
    if (this.#failures === 0) return;
    const fields = { failures: this.#failures, dropped: this.#droppedInOutage };
    this.#options.logger.info(fields, 'traces are exported again');
    this.#failures = 0;
    this.#droppedInOutage = 0;
  }
}
