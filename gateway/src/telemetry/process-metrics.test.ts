import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, mergeSnapshots } from './metrics.ts';

const numberAt = (text: string, series: string): number => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  assert.ok(line, `${series} is not in\n${text}`);
  return Number(line.slice(series.length + 1));
};

test('how busy the loop is, how far the heap may grow, and of several processes the worst lag', async () => {
  // The loop is measured from its first turn on.
  await new Promise(setImmediate);
  const metrics = createMetrics();
  const text = await metrics.text();
  assert.ok(numberAt(text, 'frontdesk_event_loop_seconds_total{state="active"}') > 0);
  assert.ok(numberAt(text, 'frontdesk_heap_limit_bytes') > 1e7);
  assert.match(text, /nodejs_heap_space_size_used_bytes\{space="old"\}/);
  const snapshot = await metrics.snapshot();
  const late = snapshot.map((metric) =>
    'name' in metric && metric.name === 'nodejs_eventloop_lag_p99_seconds'
      ? { ...metric, values: [{ value: 9, labels: {} }] }
      : metric,
  );
  const merged = await mergeSnapshots([snapshot, late]);
  assert.equal(numberAt(merged, 'nodejs_eventloop_lag_p99_seconds'), 9);
  const one = numberAt(await mergeSnapshots([snapshot]), 'frontdesk_heap_limit_bytes');
  assert.equal(numberAt(merged, 'frontdesk_heap_limit_bytes'), 2 * one);
});
