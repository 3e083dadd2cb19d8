import type { Meter, MetricSpec } from '../../core/meter.ts';

/** A meter whose counts a test can read, as `name{value,value}`. */
export class CountingMeter implements Meter {
  readonly counts = new Map<string, number>();

  readonly counter = (spec: MetricSpec) => this.#instrument(spec, true);
  readonly gauge = (spec: MetricSpec) => this.#instrument(spec, false);
  readonly histogram = (spec: MetricSpec) => this.#instrument(spec, true);

  value(name: string, ...labels: string[]): number {
    return this.counts.get(`${name}{${labels.join(',')}}`) ?? 0;
  }

  #instrument(spec: MetricSpec, adds: boolean) {
    return (value: number, ...labels: string[]) => {
      const key = `${spec.name}{${labels.join(',')}}`;
      this.counts.set(key, adds ? (this.counts.get(key) ?? 0) + value : value);
    };
  }
}
