import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noMeter } from './meter.ts';

test('the meter that measures nothing takes everything', () => {
  const spec = { name: 'frontdesk_test_total', help: 'test', labels: ['a'] };
  for (const instrument of [
    noMeter.counter(spec),
    noMeter.gauge(spec),
    noMeter.histogram({ ...spec, buckets: [1] }),
  ]) {
    assert.doesNotThrow(() => instrument(1, 'x'));
  }
});
