import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instrument, Meter, MetricSpec } from '../../core/meter.ts';
import { discoveryMetrics } from './metrics.ts';

test('each is labelled by its source alone: a set of names that the configuration closes', () => {
  const specs: MetricSpec[] = [];
  const keep = (spec: MetricSpec): Instrument => {
    specs.push(spec);
    return () => {};
  };
  const meter: Meter = { counter: keep, gauge: keep, histogram: keep };
  discoveryMetrics(meter);
  assert.equal(specs.length, 5);
  for (const { name, labels } of specs) {
    assert.match(name, /^frontdesk_discovery_[a-z_]+$/);
    assert.deepEqual(labels, ['source']);
  }
});
