import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, mergeSnapshots } from '../telemetry/metrics.ts';
import { RetiredMetrics } from './retired-metrics.ts';

async function counted(count: number) {
  const metrics = createMetrics({ process: false });
  metrics.counter({ name: 'frontdesk_x_total', help: 'x', labels: ['r'] })(count, 'a');
  metrics.gauge({ name: 'frontdesk_g', help: 'g', labels: [] })(count);
  metrics.histogram({ name: 'frontdesk_h_seconds', help: 'h', labels: [], buckets: [1] })(0.5);
  return metrics.snapshot();
}

test('what those that are gone had counted stays in the sums, what they were does not', async () => {
  const retired = new RetiredMetrics();
  assert.deepEqual(
    await retired.with(
      new Map([
        [1, await counted(3)],
        [2, await counted(4)],
      ]),
    ),
    [[]],
  );
  const silent = await retired.with(new Map([[1, await counted(3)]]), new Set([1, 2]));
  assert.match(await mergeSnapshots(silent), /frontdesk_x_total\{r="a"\} 4\n/);
  const now = new Map([[2, await counted(5)]]);
  const text = await mergeSnapshots([...(await retired.with(now)), ...now.values()]);
  assert.match(text, /frontdesk_x_total\{r="a"\} 8\n/);
  assert.match(text, /frontdesk_h_seconds_count 2\n/);
  assert.match(text, /frontdesk_g 5\n/);
  const last = new Map([[3, await counted(1)]]);
  assert.match(
    await mergeSnapshots([...(await retired.with(last)), ...last.values()]),
    /frontdesk_x_total\{r="a"\} 9\n/,
  );
});

test('two readers at a time lose nobody who is gone', async () => {
  const retired = new RetiredMetrics();
  await retired.with(new Map([[1, await counted(3)]]));
  const now = new Map([[2, await counted(1)]]);
  for (const added of await Promise.all([retired.with(now), retired.with(now)]))
    assert.match(await mergeSnapshots([...added, ...now.values()]), /frontdesk_x_total\{r="a"\} 4\n/);
});
