/** What is read of a process's metrics for the page: gauges as they stand, counters as what was added since the last reading. */
import type { LiveCount } from './snapshot.ts';

interface MetricValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
}

export interface Readings {
  /** Connections of clients at the public port. */
  readonly connections: number;
  readonly inFlight: number;
  /** Decisions of limits: by policy and route. */
  readonly limits: readonly LiveCount[];
  readonly caches: readonly LiveCount[];
}

const LIMITS = 'frontdesk_consumer_limit_total';
const CACHES = 'frontdesk_cache_requests_total';

export class MetricReadings {
  /** Counters at the last reading, by metric and labels. */
  #before = new Map<string, number>();
  #isFirst = true;

  /** `metrics`: a snapshot of all. What the first reading finds counts for nothing: nobody knows when it was added. */
  read(metrics: readonly object[]): Readings {
    const before = this.#before;
    const isFirst = this.#isFirst;
    this.#before = new Map();
    this.#isFirst = false;
    const added = (name: string, one: string, outcome: string): LiveCount[] =>
      valuesOf(metrics, name).flatMap(({ labels, value }) => {
        const key = JSON.stringify([name, labels]);
        this.#before.set(key, value);
        const count = isFirst ? 0 : value - (before.get(key) ?? 0);
        return count > 0
          ? [{ name: nameOf(labels, one), outcome: String(labels[outcome] ?? ''), count }]
          : [];
      });
    const sum = (name: string, label?: readonly [string, string]): number =>
      valuesOf(metrics, name)
        .filter(({ labels }) => label === undefined || labels[label[0]] === label[1])
        .reduce((all, { value }) => all + value, 0);
    return {
      connections: sum('frontdesk_listener_connections', ['listener', 'public']),
      inFlight: sum('frontdesk_requests_in_flight'),
      limits: [...added(LIMITS, 'policy', 'decision')],
      caches: added(CACHES, 'upstream', 'result'),
    };
  }
}

function nameOf(labels: MetricValue['labels'], one: string): string {
  const { route } = labels;
  const name = String(labels[one] ?? '');
  return route === undefined ? name : `${name} · ${route}`;
}

function valuesOf(metrics: readonly object[], name: string): MetricValue[] {
  for (const metric of metrics) {
    if (!('name' in metric) || metric.name !== name || !('values' in metric)) continue;
    return Array.isArray(metric.values) ? metric.values.filter(isValue) : [];
  }
  return [];
}

function isValue(value: unknown): value is MetricValue {
  if (typeof value !== 'object' || value === null) return false;
  return 'value' in value && typeof value.value === 'number' && 'labels' in value;
}
