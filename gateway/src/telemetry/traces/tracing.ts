/**
 * Traces of requests: a recorder for each when it begins, and when it is over the decision whether its trace is kept. What is
 * kept becomes spans and goes to the queue; what is not costs its recorder and nothing else.
 */
import type { Clock, Random } from '../../core/clock.ts';
import type { Exchange } from '../../core/exchange.ts';
import type { Logger } from '../../core/log.ts';
import type { Instrument, Meter } from '../../core/meter.ts';
import type { ScreenTraces } from '../../core/request-trace.ts';
import type { Outcome } from '../../core/settlement.ts';
import type { UrlRedactor } from '../redaction.ts';
import type { TracesConfig } from './config.ts';
import { type IncomingParent, RequestRecorder } from './request-recorder.ts';
import { headSampler, SpanBudget, slowness } from './sampling.ts';
import { type ExportSpans, SpanQueue } from './span-queue.ts';
import { spanTree } from './span-tree.ts';

export interface TracingOptions {
  readonly config: TracesConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Takes secrets out of targets. */
  readonly redact: UrlRedactor;
  readonly send: ExportSpans;
  /** Ids of spans: 16 lower-case hex digits. */
  readonly spanId: () => string;
}

/** What is left to the queue when the gateway ends. */
const CLOSE_WITHIN_MS = 2_000;

export class Tracing {
  readonly #options: TracingOptions;
  readonly #queue: SpanQueue;
  readonly #budget: SpanBudget;
  readonly #isTaken: ReturnType<typeof headSampler>;
  readonly #isSlow: ReturnType<typeof slowness>;
  readonly #keepsErrors: boolean;
  readonly #isLinked: boolean;
  readonly #countKept: Instrument;

  constructor(options: TracingOptions) {
    const { config, clock, meter } = options;
    this.#options = options;
    this.#queue = new SpanQueue({ ...options, config: config.queue });
    this.#budget = new SpanBudget(config.sampling.maxSpansPerSecond, clock);
    this.#isTaken = headSampler(config.sampling);
    this.#isSlow = slowness(config.sampling.slowerThan);
    this.#keepsErrors = config.sampling.errors;
    this.#isLinked = config.incoming === 'link';
    this.#countKept = meter.counter({
      name: 'frontdesk_traces_kept_total',
      help: 'Traces that are kept, by why: share, error, slow',
      labels: ['reason'],
    });
  }

  /** Whether a trace of ours begins although the caller had one. */
  get linksCallers(): boolean {
    return this.#isLinked;
  }

  /** From here on the request is taken down. What backends are told of sampling is our decision. */
  begin(exchange: Exchange, parent: IncomingParent | undefined): RequestRecorder {
    const { clock, spanId } = this.#options;
    const { timeline, trace } = exchange;
    const elapsedMs = timeline.elapsedMs();
    const isTaken = this.#isTaken(trace.traceId, parent?.sampled, exchange.client.address);
    const recorder = new RequestRecorder({
      spanId,
      elapsedMs: () => timeline.elapsedMs(),
      startedAt: clock.now() - elapsedMs,
      startedWallMs: clock.wall() - elapsedMs,
      parent,
      isTaken,
    });
    timeline.recorder = recorder;
    if (trace.sampled !== isTaken) exchange.trace = { ...trace, sampled: isTaken };
    return recorder;
  }

  /**
   * The request is over. Afterwards `trace.sampled` says whether its trace is kept: so that whatever names a trace names
   * one that can be looked up.
   */
  end(exchange: Exchange, status: number, outcome: Outcome, durationMs: number): void {
    const { recorder } = exchange.timeline;
    // Probes come all the time, and nobody looks for them.
    if (!(recorder instanceof RequestRecorder) || exchange.route?.kind === 'health') return;
    const reason = this.#reasonToKeep(exchange, recorder, status, outcome, durationMs);
    if (reason === undefined) return;
    const size = recorder.size + exchange.timeline.spans.length;
    if (!this.#budget.take(size)) {
      this.#queue.drop('rate', size);
      exchange.trace = { ...exchange.trace, sampled: false };
      return;
    }
    this.#countKept(1, reason);
    const request = { exchange, recorder, status, outcome, durationMs };
    this.#queue.add(spanTree(request, { record: this.#options.config.record, redact: this.#options.redact }));
    if (!exchange.trace.sampled) exchange.trace = { ...exchange.trace, sampled: true };
  }

  /** A screen's parts belong to the request on whose timeline they are. */
  readonly screens: ScreenTraces = {
    begin: ({ recorder }, { field }) =>
      recorder instanceof RequestRecorder ? recorder.screen(field) : undefined,
  };

  close(): Promise<void> {
    return this.#queue.close(CLOSE_WITHIN_MS);
  }

  #reasonToKeep(
    { deadline }: Exchange,
    recorder: RequestRecorder,
    status: number,
    { kind }: Outcome,
    durationMs: number,
  ): 'share' | 'error' | 'slow' | undefined {
    if (recorder.isTaken) return 'share';
    if (this.#keepsErrors && (status >= 500 || kind === 'failed' || recorder.hasFailed)) return 'error';
    const tookMs = recorder.isStream ? (recorder.headMs ?? 0) : durationMs;
    return this.#isSlow(tookMs, deadline.remainingMs()) ? 'slow' : undefined;
  }
}
