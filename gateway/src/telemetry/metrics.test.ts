import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createMetrics, mergeSnapshots } from './metrics.ts';

const counterSpec = { name: 'frontdesk_x_total', help: 'x', labels: ['route', 'plan'] };

test('counters, gauges and histograms come out in the text format', async () => {
  const metrics = createMetrics({ process: false });
  const count = metrics.counter(counterSpec);
  count(1, '/a', 'free');
  count(2, '/a', 'free');
  count(1, '/"b\n', 'pro');
  metrics.gauge({ name: 'frontdesk_g', help: 'g', labels: [] })(4.5);
  const observe = metrics.histogram({
    name: 'frontdesk_h_seconds',
    help: 'h',
    labels: ['r'],
    buckets: [1, 0.1],
  });
  for (const value of [0.05, 0.1, 0.5, 7]) observe(value, 'x');
  const text = await metrics.text();
  for (const line of [
    '# TYPE frontdesk_x_total counter',
    'frontdesk_x_total{route="/a",plan="free"} 3',
    'frontdesk_x_total{route="/\\"b\\n",plan="pro"} 1',
    'frontdesk_g 4.5',
    'frontdesk_h_seconds_bucket{r="x",le="0.1"} 2',
    'frontdesk_h_seconds_bucket{r="x",le="1"} 3',
    'frontdesk_h_seconds_bucket{r="x",le="+Inf"} 4',
    'frontdesk_h_seconds_sum{r="x"} 7.65',
    'frontdesk_h_seconds_count{r="x"} 4',
  ]) {
    assert.ok(text.includes(`${line}\n`), `${line}\nis not in\n${text}`);
  }
});

test('a gauge of what is gone is taken away', async () => {
  const metrics = createMetrics({ process: false });
  const gauge = metrics.gauge({ name: 'frontdesk_g', help: 'g', labels: ['endpoint'] });
  gauge(1, 'a:1');
  gauge(2, 'b:1');
  gauge(Number.NaN, 'a:1');
  const text = await metrics.text();
  assert.ok(!text.includes('a:1'));
  assert.ok(text.includes('frontdesk_g{endpoint="b:1"} 2'));
});

test('asking twice gives the same instrument', async () => {
  const metrics = createMetrics({ process: false });
  metrics.counter(counterSpec)(1, 'a', 'b');
  metrics.counter(counterSpec)(1, 'a', 'b');
  assert.match(await metrics.text(), /frontdesk_x_total\{route="a",plan="b"\} 2\n/);
});

test('past the limit new series count under other, and that is counted too; nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 60 }), async (tuples) => {
      const metrics = createMetrics({ process: false, maxSeries: 5 });
      const count = metrics.counter(counterSpec);
      for (const [a, b] of tuples) count(1, a, b);
      const lines = (await metrics.text())
        .split('\n')
        .filter((line) => line.startsWith('frontdesk_x_total{'));
      assert.ok(lines.length <= 6);
      const sum = lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
      assert.equal(sum, tuples.length);
    }),
  );
  const metrics = createMetrics({ process: false, maxSeries: 1 });
  const count = metrics.counter(counterSpec);
  for (const route of ['a', 'b', 'c']) count(1, route, 'p');
  const text = await metrics.text();
  assert.match(text, /frontdesk_x_total\{route="other",plan="other"\} 2\n/);
  assert.match(text, /frontdesk_metric_series_dropped_total\{metric="frontdesk_x_total"\} 2\n/);
});

test('several processes are summed into one text', async () => {
  const snapshots = [];
  for (let i = 0; i < 2; i += 1) {
    const metrics = createMetrics({ process: false });
    metrics.counter(counterSpec)(3, 'a', 'b');
    metrics.histogram({ name: 'frontdesk_h_seconds', help: 'h', labels: [], buckets: [1] })(0.5);
    snapshots.push(await metrics.snapshot());
  }
  const text = await mergeSnapshots(snapshots);
  assert.match(text, /frontdesk_x_total\{route="a",plan="b"\} 6\n/);
  assert.match(text, /frontdesk_h_seconds_bucket\{le="1"\} 2\n/);
});

test('the process is measured by default, event-loop delay included', async () => {
  const text = await createMetrics().text();
  assert.match(text, /nodejs_eventloop_lag_p99_seconds/);
  assert.match(text, /process_cpu_user_seconds_total/);
});
