/**
 * What the process itself shows: CPU, memory, garbage collection, handles and descriptors (prom-client's), how busy its
 * event loop is, how much its heap may grow, and which build it is.
 */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

const LAG = 'nodejs_eventloop_lag';
/** Of several processes the worst is told: the mean of one that stands still and three that do not says nothing. */
const WORST = [`${LAG}_seconds`, ...['max', 'p50', 'p90', 'p99'].map((which) => `${LAG}_${which}_seconds`)];
const FIRST_START = 'process_start_time_seconds';

export function measureProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of WORST) setAcross(registry, name, 'max');
  setAcross(registry, FIRST_START, 'min');
  const registers = [registry];
  new Counter({
    name: 'frontdesk_event_loop_seconds_total',
    help: 'Time of the event loop by what it did: active (ran code) or idle (waited); active by all is how busy it is',
    labelNames: ['state'],
    registers,
    collect() {
      const { active, idle } = performance.eventLoopUtilization();
      this.reset();
      this.inc({ state: 'active' }, active / 1_000);
      this.inc({ state: 'idle' }, idle / 1_000);
    },
  });
  new Gauge({
    name: 'frontdesk_heap_limit_bytes',
    help: 'To how much the heap of JavaScript may grow',
    registers,
    collect() {
      this.set(getHeapStatistics().heap_size_limit);
    },
  });
}

function setAcross(registry: Registry, name: string, across: 'max' | 'min'): void {
  const metric = registry.getSingleMetric(name);
  // prom-client reads it from the metric whenever it gives a snapshot.
  if (metric) Object.assign(metric, { aggregator: across });
}
