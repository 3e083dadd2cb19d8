/**
 * What happened to an exchange on its way through the backends. Written by the upstream chain, read by the
 * access log, metrics, traces and pictures: one record, so that they cannot disagree.
 */
import type { TraceRecorder } from './trace-recorder.ts';

/** One attempt of one call to an upstream. */
export interface UpstreamSpan {
  readonly upstream: string;
  /** What caused the call: a screen's part, a subgraph fetch, a route. */
  readonly label: string | undefined;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Whether it ran beside the one before, because that was late. */
  readonly hedge: boolean;
  /** Milliseconds on the exchange's clock since its start. */
  readonly startMs: number;
  /** The endpoint that was picked, as `host:port`; `undefined` when none was reached. */
  endpoint: string | undefined;
  /** When the head came; `undefined` until then. */
  headMs: number | undefined;
  /** When the last byte came or the attempt failed; `undefined` while it runs. */
  endMs: number | undefined;
  status: number | undefined;
  /** `ok`, `aborted`, `hedged` (another attempt was faster), `status` (an answer that counts as a failure), or the error's code. */
  outcome: string | undefined;
  bytes: number;
  /** The id of its span, which its backend is told; there only where the request has a recorder. */
  spanId?: string;
  /** The span that caused it, and its method; likewise, of attempts that came as far as an endpoint's choice. */
  parentId?: string;
  method?: string;
}

export class Timeline {
  readonly spans: UpstreamSpan[] = [];
  /** Where the request is being traced. */
  recorder: TraceRecorder | undefined = undefined;
  /** When the exchange began, on the clock that it was given. */
  readonly startedAt: number;
  readonly #now: () => number;

  /** `now` is a monotonic clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.startedAt = now();
  }

  /** Milliseconds since the exchange began. */
  elapsedMs(): number {
    return this.#now() - this.startedAt;
  }

  begin(upstream: string, label: string | undefined, attempt: number, hedge = false): UpstreamSpan {
    const span: UpstreamSpan = {
      upstream,
      label,
      attempt,
      hedge,
      startMs: this.elapsedMs(),
      endpoint: undefined,
      headMs: undefined,
      endMs: undefined,
      status: undefined,
      outcome: undefined,
      bytes: 0,
    };
    const { recorder } = this;
    if (recorder) span.spanId = recorder.spanId();
    this.spans.push(span);
    return span;
  }

  end(span: UpstreamSpan, outcome: string): void {
    if (span.endMs !== undefined) return;
    span.endMs = this.elapsedMs();
    span.outcome = outcome;
  }
}
