import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ProcessReadings } from './process-readings.ts';

it('measures this process', async () => {
  const readings = new ProcessReadings();
  await new Promise((resolve) => setImmediate(resolve));
  const { pid, busy, heapBytes, rssBytes, loopDelayMs, upS } = readings.read();
  readings.close();
  assert.equal(pid, process.pid);
  assert.ok(busy >= 0 && busy <= 1 && heapBytes > 1e6 && rssBytes > heapBytes / 4);
  assert.ok(loopDelayMs >= 0 && upS >= 0);
});
