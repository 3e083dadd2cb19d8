import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Meter, type MetricSpec, noMeter } from '../../core/meter.ts';
import { balancingMetrics } from './balancing-metrics.ts';

test('labels are upstreams, endpoints, templates and words of ours; counters say that they are', () => {
  const specs: (MetricSpec & { readonly kind: string })[] = [];
  const meter: Meter = {
    ...noMeter,
    counter: (spec) => {
      specs.push({ ...spec, kind: 'counter' });
      return () => {};
    },
    gauge: (spec) => {
      specs.push({ ...spec, kind: 'gauge' });
      return () => {};
    },
  };
  balancingMetrics(meter);
  const known = new Set(['upstream', 'endpoint', 'reason', 'to', 'outcome', 'template']);
  for (const { name, labels, kind } of specs) {
    assert.match(name, /^frontdesk_upstream_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), kind === 'counter', name);
    for (const label of labels) assert.ok(known.has(label), label);
  }
  assert.equal(new Set(specs.map(({ name }) => name)).size, specs.length);
});
