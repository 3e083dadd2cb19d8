/** A meter whose series a test can read: `name{label,label}` → its value. */
import type { Instrument, Meter, MetricSpec } from '../meter.ts';

export function counting(): { readonly meter: Meter; readonly series: ReadonlyMap<string, number> } {
  const series = new Map<string, number>();
  // What comes after the labels is an exemplar's trace.
  const nameOf = ({ name, labels }: MetricSpec, values: readonly string[]): string =>
    `${name}{${values.slice(0, labels.length).join(',')}}`;
  const adding =
    (spec: MetricSpec): Instrument =>
    (value, ...labels) => {
      const key = nameOf(spec, labels);
      series.set(key, (series.get(key) ?? 0) + value);
    };
  const meter: Meter = {
    counter: adding,
    histogram: adding,
    gauge:
      (spec) =>
      (value, ...labels) =>
        void series.set(nameOf(spec, labels), value),
  };
  return { meter, series };
}
