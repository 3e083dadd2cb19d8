import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noMeter } from '../core/meter.ts';
import { pluginMetrics } from './metrics.ts';

test('series are told apart by plugins, which a configuration names, and by reasons', () => {
  const labels: string[][] = [];
  const asked = (spec: { readonly labels: readonly string[] }) => {
    labels.push([...spec.labels]);
    return () => {};
  };
  pluginMetrics({ ...noMeter, counter: asked, gauge: asked, histogram: asked });
  assert.deepEqual(labels.toSorted(), [['plugin'], ['plugin'], ['plugin', 'reason']]);
});
