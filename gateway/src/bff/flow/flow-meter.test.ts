import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../../core/log.ts';
import type { MetricSpec } from '../../core/meter.ts';
import { flowMeter } from './flow-meter.ts';

test('what flows do is measured by names of definitions', () => {
  const told: string[] = [];
  const make =
    ({ name }: MetricSpec) =>
    (value: number, ...labels: string[]) =>
      void told.push([name.replace('frontdesk_bff_flow_', ''), value, ...labels].join(' '));
  const meter = flowMeter('shop', { counter: make, gauge: make, histogram: make }, noLogger);
  meter.run('order', 'undone', 1500);
  meter.step('order', 'pay', 'undo_failed');
  meter.replayed('order');
  meter.keysRefused('order');
  meter.recovered('order', 'back');
  meter.waiting({ open: 2, stuck: 1 });
  assert.deepEqual(told, [
    'runs_total 1 shop order undone',
    'seconds 1.5 shop order undone',
    'steps_total 1 shop order pay undo_failed',
    'replays_total 1 shop order',
    'keys_refused_total 1 shop order',
    'recovered_total 1 shop order back',
    'open 2 shop',
    'stuck 1 shop',
  ]);
});
