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
}

export type Instrument = (value: number, ...labelValues: string[]) => void;

export interface Meter {
  /** Adds `value` (≥ 0). Asking twice for one name gives the same counter. */
  counter(spec: MetricSpec): Instrument;
  /** Sets to `value`; `NaN` takes the series away: what it told of is gone. */
  gauge(spec: MetricSpec): Instrument;
  /** Observes `value`; `buckets` are upper bounds, in the metric's unit. */
  histogram(spec: MetricSpec & { readonly buckets: readonly number[] }): Instrument;
}

const ignore: Instrument = () => {};

/** Measures nothing: for tests and for commands that serve nothing. */
export const noMeter: Meter = { counter: () => ignore, gauge: () => ignore, histogram: () => ignore };
