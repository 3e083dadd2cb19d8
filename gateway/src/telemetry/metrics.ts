/**
 * Prometheus metrics: core's `Meter` over a registry of its own. prom-client keeps the registry, the process
 * metrics and the text format; the values are kept in `SeriesTable`s, because prom-client's own hash a label
 * object on every call (about 1 µs, and a request makes a dozen calls).
 */
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type LabelValues,
  type MetricObjectWithValues,
  type MetricValue,
  type MetricValueWithName,
  Registry,
} from 'prom-client';
import type { Instrument, Meter, MetricSpec } from '../core/meter.ts';
import { SeriesTable } from './series.ts';

/** A process's metrics as plain data, to send to the process that answers `/metrics` for all workers. */
export type MetricsSnapshot = readonly object[];

export interface Metrics extends Meter {
  readonly contentType: string;
  /** The text exposition of everything measured so far. */
  text(): Promise<string>;
  snapshot(): Promise<MetricsSnapshot>;
}

export interface MetricsOptions {
  /** Most series a metric may have; what comes later counts under `other`. Default 2,000. */
  readonly maxSeries?: number;
  /** Also measure the process: CPU, memory, event-loop delay, garbage collection, handles. Default true. */
  readonly process?: boolean;
}

const DEFAULT_MAX_SERIES = 2_000;

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const maxSeries = options.maxSeries ?? DEFAULT_MAX_SERIES;
  if (options.process ?? true) collectDefaultMetrics({ register: registry });

  const instruments = new Map<string, Instrument>();
  const dropped = new Map<string, number>();
  new Counter({
    name: 'frontdesk_metric_series_dropped_total',
    help: 'Measurements counted under "other" because their metric had too many series',
    labelNames: ['metric'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [metric, count] of dropped) this.inc({ metric }, count);
    },
  });

  const once = (spec: MetricSpec, make: (onOverflow: () => void) => Instrument): Instrument => {
    const present = instruments.get(spec.name);
    if (present) return present;
    const instrument = make(() => dropped.set(spec.name, (dropped.get(spec.name) ?? 0) + 1));
    instruments.set(spec.name, instrument);
    return instrument;
  };

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    snapshot: () => registry.getMetricsAsJSON(),
    counter: (spec) =>
      once(spec, (onOverflow) => {
        const table = new SeriesTable(spec.labels.length, maxSeries, zero, onOverflow);
        registry.registerMetric(new TableCounter(spec, table));
        return (value, a, b, c, d) => {
          table.find(a, b, c, d).value += value;
        };
      }),
    gauge: (spec) =>
      once(spec, (onOverflow) => {
        const table = new SeriesTable(spec.labels.length, maxSeries, zero, onOverflow);
        registry.registerMetric(new TableGauge(spec, table));
        return (value, a = '', b = '', c = '', d = '') => {
          if (Number.isNaN(value)) table.remove([a, b, c, d]);
          else table.find(a, b, c, d).value = value;
        };
      }),
    histogram: (spec) =>
      once(spec, (onOverflow) => {
        const bounds = [...spec.buckets].sort((a, b) => a - b);
        const table = new SeriesTable(spec.labels.length, maxSeries, () => new Tally(bounds), onOverflow);
        registry.registerMetric(new TableHistogram(spec, bounds, table));
        return (value, a, b, c, d) => table.find(a, b, c, d).value.observe(value);
      }),
  };
}

/** The metrics of several processes as one text: counters and histograms summed. */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots.map((metrics) => [...metrics])).metrics();
}

function zero(): number {
  return 0;
}

/** Observations of one series: how many fell in each bucket (not yet cumulative), their number and sum. */
class Tally {
  readonly bounds: readonly number[];
  readonly counts: number[];
  count = 0;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length).fill(0);
  }

  observe(value: number): void {
    this.count += 1;
    this.sum += value;
    const { bounds } = this;
    for (let i = 0; i < bounds.length; i += 1) {
      if (value <= (bounds[i] ?? 0)) {
        this.counts[i] = (this.counts[i] ?? 0) + 1;
        return;
      }
    }
  }
}

function labelsOf(names: readonly string[], values: readonly string[]): LabelValues<string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
}

function describe(spec: MetricSpec) {
  return { name: spec.name, help: spec.help, labelNames: [...spec.labels], registers: [] };
}

type Numbers = SeriesTable<number>;

function numbers(spec: MetricSpec, table: Numbers): MetricValue<string>[] {
  return table.values().map(({ labels, value }) => ({ labels: labelsOf(spec.labels, labels), value }));
}

class TableCounter extends Counter {
  readonly #spec: MetricSpec;
  readonly #table: Numbers;

  constructor(spec: MetricSpec, table: Numbers) {
    super(describe(spec));
    this.#spec = spec;
    this.#table = table;
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    return { ...(await super.get()), values: numbers(this.#spec, this.#table) };
  }
}

class TableGauge extends Gauge {
  readonly #spec: MetricSpec;
  readonly #table: Numbers;

  constructor(spec: MetricSpec, table: Numbers) {
    super(describe(spec));
    this.#spec = spec;
    this.#table = table;
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    return { ...(await super.get()), values: numbers(this.#spec, this.#table) };
  }
}

class TableHistogram extends Histogram {
  readonly #spec: MetricSpec;
  readonly #bounds: readonly number[];
  readonly #table: SeriesTable<Tally>;
  /** An empty histogram of prom-client's own, for the head of the answer: its `get` calls what is overridden here. */
  readonly #head: Histogram;

  constructor(spec: MetricSpec, bounds: readonly number[], table: SeriesTable<Tally>) {
    super({ ...describe(spec), buckets: [...bounds] });
    this.#head = new Histogram({ ...describe(spec), buckets: [...bounds] });
    this.#spec = spec;
    this.#bounds = bounds;
    this.#table = table;
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const values: MetricValueWithName<string>[] = [];
    const { name } = this.#spec;
    for (const { labels, value: tally } of this.#table.values()) {
      const own = labelsOf(this.#spec.labels, labels);
      let running = 0;
      for (const [i, le] of this.#bounds.entries()) {
        running += tally.counts[i] ?? 0;
        values.push({ metricName: `${name}_bucket`, labels: { ...own, le }, value: running });
      }
      values.push({ metricName: `${name}_bucket`, labels: { ...own, le: '+Inf' }, value: tally.count });
      values.push({ metricName: `${name}_sum`, labels: own, value: tally.sum });
      values.push({ metricName: `${name}_count`, labels: own, value: tally.count });
    }
    return { ...(await this.#head.get()), values };
  }

  /** prom-client's registry prefers this door when it writes text. */
  getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return this.get();
  }
}
