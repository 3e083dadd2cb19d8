import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createMetrics } from '../telemetry/metrics.ts';
import { MetricReadings } from './metric-readings.ts';

it('reads counters as what was added since the last time, and gauges as they stand', async () => {
  const metrics = createMetrics({ process: false });
  const draws = metrics.counter({
    name: 'frontdesk_consumer_limit_total',
    help: 'h',
    labels: ['route', 'policy', 'decision'],
  });
  const cached = metrics.counter({
    name: 'frontdesk_cache_requests_total',
    help: 'h',
    labels: ['upstream', 'result'],
  });
  const connections = metrics.gauge({
    name: 'frontdesk_listener_connections',
    help: 'h',
    labels: ['listener'],
  });
  metrics.gauge({ name: 'frontdesk_requests_in_flight', help: 'h', labels: [] })(4);
  const readings = new MetricReadings();
  draws(7, '/a', 'gold', 'allowed');
  assert.deepEqual(readings.read(await metrics.snapshot()).limits, []);
  draws(2, '/a', 'gold', 'allowed');
  draws(1, '/a', 'gold', 'refused');
  cached(3, 'users', 'hit');
  connections(5, 'public');
  connections(1, 'admin');
  assert.deepEqual(readings.read(await metrics.snapshot()), {
    connections: 5,
    inFlight: 4,
    limits: [
      { name: 'gold · /a', outcome: 'allowed', count: 2 },
      { name: 'gold · /a', outcome: 'refused', count: 1 },
    ],
    caches: [{ name: 'users', outcome: 'hit', count: 3 }],
  });
  assert.deepEqual(readings.read(await metrics.snapshot()).limits, []);
});

it('bears metrics of another making', () => {
  const readings = new MetricReadings();
  const odd = [
    {},
    { name: 'frontdesk_requests_in_flight' },
    { name: 'frontdesk_cache_requests_total', values: [1, null, {}] },
  ];
  assert.deepEqual(readings.read(odd), { connections: 0, inFlight: 0, limits: [], caches: [] });
});
