/**
 * Prometheus metrics: core's `Meter` over a registry of its own. prom-client keeps the registry, the process
 * metrics and the text format; the values are kept in `SeriesTable`s, because prom-client's own hash a label
 * object on every call (about 1 µs, and a request makes a dozen calls).
 */
import {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  type LabelValues,
  type MetricObjectWithValues,
  type MetricValue,
  type MetricValueWithName,
  Registry,
} from 'prom-client';
import type { Instrument, Meter, MetricSpec } from '../core/meter.ts';
import {
  type Exposition,
  familiesOf,
  openMetricsText,
  wantsOpenMetrics,
  withNewestExemplars,
} from './exposition.ts';
import { measureProcess } from './process-metrics.ts';
import { SeriesTable } from './series.ts';
import { type Exemplar, Tally } from './tally.ts';

/** A process's metrics as plain data, to send to the process that answers `/metrics` for all workers. */
export type MetricsSnapshot = readonly object[];

export interface Metrics extends Meter {
  readonly contentType: string;
  /** The text exposition of everything measured so far. */
  text(): Promise<string>;
  /** The same as whoever asks accepts it: OpenMetrics, with exemplars, or the text. */
  expose(accept: string | undefined): Promise<Exposition>;
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
  if (options.process ?? true) measureProcess(registry);

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
    expose: (accept) => expose(registry, accept),
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
        return spec.exemplars ? observerWithTraces(table, spec.labels.length) : observer(table);
      }),
  };
}

/** The metrics of several processes as one text: each put together as its `across` says. */
export async function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  const { text } = await exposeMerged(snapshots, undefined);
  return text;
}

/** The same as plain data. */
export async function mergedValues(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  return AggregatorRegistry.aggregate(snapshots.map((metrics) => [...metrics])).getMetricsAsJSON();
}

/** The same as whoever asks accepts it. Of a bucket's exemplars the newest is shown. */
export async function exposeMerged(
  snapshots: readonly MetricsSnapshot[],
  accept: string | undefined,
): Promise<Exposition> {
  const merged = AggregatorRegistry.aggregate(snapshots.map((metrics) => [...metrics]));
  if (!wantsOpenMetrics(accept)) return { contentType: merged.contentType, text: await merged.metrics() };
  const families = familiesOf(await merged.getMetricsAsJSON());
  return openMetricsText(withNewestExemplars(families, snapshots.map(familiesOf)));
}

async function expose(registry: Registry, accept: string | undefined): Promise<Exposition> {
  if (!wantsOpenMetrics(accept)) return { contentType: registry.contentType, text: await registry.metrics() };
  return openMetricsText(familiesOf(await registry.getMetricsAsJSON()));
}

function observer(table: SeriesTable<Tally>): Instrument {
  return (value, a, b, c, d) => table.find(a, b, c, d).value.observe(value);
}

/** The trace comes after the labels, as many as there are. */
function observerWithTraces(table: SeriesTable<Tally>, width: number): Instrument {
  switch (width) {
    case 0:
      return (value, trace = '') => table.find().value.observe(value, trace);
    case 1:
      return (value, a, trace = '') => table.find(a).value.observe(value, trace);
    case 2:
      return (value, a, b, trace = '') => table.find(a, b).value.observe(value, trace);
    case 3:
      return (value, a, b, c, trace = '') => table.find(a, b, c).value.observe(value, trace);
    default:
      return (value, a, b, c, d, trace = '') => table.find(a, b, c, d).value.observe(value, trace);
  }
}

function zero(): number {
  return 0;
}

function labelsOf(names: readonly string[], values: readonly string[]): LabelValues<string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
}

function describe(spec: MetricSpec) {
  const { name, help, labels, across = 'sum' } = spec;
  return { name, help, labelNames: [...labels], registers: [], aggregator: across };
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

interface HistogramValue extends MetricValueWithName<string> {
  /** Under this name prom-client's own writer looks for nothing, which would want another shape. */
  readonly example?: Exemplar;
}

function bucket(
  name: string,
  labels: LabelValues<string>,
  value: number,
  example: Exemplar | undefined,
): HistogramValue {
  return { metricName: `${name}_bucket`, labels, value, ...(example ? { example } : {}) };
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
    const values: HistogramValue[] = [];
    const { name } = this.#spec;
    for (const { labels, value: tally } of this.#table.values()) {
      const own = labelsOf(this.#spec.labels, labels);
      const exemplars = tally.take();
      let running = 0;
      for (const [i, le] of this.#bounds.entries()) {
        running += tally.counts[i] ?? 0;
        values.push(bucket(name, { ...own, le }, running, exemplars?.[i]));
      }
      values.push(bucket(name, { ...own, le: '+Inf' }, tally.count, exemplars?.[this.#bounds.length]));
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
