/**
 * Metrics as the rooms see them: a room asks once for an instrument and gets a plain function to call. What
 * is behind it (Prometheus) is telemetry's matter. Label values must come from closed or configured sets
 * (route templates, upstream names, plans), never from a request.
 */
export interface MetricSpec {
  /** Prometheus name, `frontdesk_` first, unit last (`_seconds`, `_bytes`, `_total`). */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** How one number is made of those of several processes. Default: their sum; `first` for what all have alike. */
  readonly across?: 'sum' | 'max' | 'min' | 'average' | 'first';
}

export interface HistogramSpec extends MetricSpec {
  /** Upper bounds, in the metric's unit. */
  readonly buckets: readonly number[];
  /**
   * Takes one more text after the labels: the id of the trace of what is observed, kept as an example of its bucket; an
   * empty one for a trace that nobody can look up. Default: takes none.
   */
  readonly exemplars?: boolean;
}

export type Instrument = (value: number, ...labelValues: string[]) => void;

export interface Meter {
  /** Adds `value` (≥ 0). Asking twice for one name gives the same counter. */
  counter(spec: MetricSpec): Instrument;
  /** Sets to `value`; `NaN` takes the series away: what it told of is gone. */
  gauge(spec: MetricSpec): Instrument;
  /** Observes `value`. */
  histogram(spec: HistogramSpec): Instrument;
}

const ignore: Instrument = () => {};

/** Measures nothing: for tests and for commands that serve nothing. */
export const noMeter: Meter = { counter: () => ignore, gauge: () => ignore, histogram: () => ignore };
