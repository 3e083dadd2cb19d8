import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { splitConfig } from './config.ts';
import { SplitRegistry } from './registry.ts';

function rig() {
  const clock = new ManualClock();
  const meter = createMetrics({ maxSeries: 100 });
  return { clock, meter, registry: new SplitRegistry({ clock, meter, logger: noLogger }) };
}

function config(weight: number) {
  return splitConfig.parse({ sides: { stable: { upstream: 'v1' }, canary: { upstream: 'v2', weight } } });
}

test('a reload that leaves the split alone keeps its rollback; another weight, or another canary, begins anew', async () => {
  const { registry } = rig();
  const before = registry.lease('users', config(5), ['http://v2']);
  before.value.decide(1, { kind: 'rollback' });
  const same = registry.lease('users', config(5), ['http://v2']);
  assert.equal(same.value, before.value);
  const other = registry.lease('users', config(6), ['http://v2']);
  assert.deepEqual(other.value.shares, [0.94, 0.06]);
  const fixed = registry.lease('users', config(5), ['http://v2.1']);
  assert.deepEqual(fixed.value.shares, [0.95, 0.05]);
  await before.release();
  assert.deepEqual(same.value.shares, [1, 0]);
});

test('the gauges of a split are the newest one’s, whatever older ones still do, and go with the last', async () => {
  const { registry, meter, clock } = rig();
  const stepped = splitConfig.parse({
    sides: { stable: { upstream: 'v1' }, old: { upstream: 'v2' } },
    steps: [{ weight: 1, for: '1m' }, { weight: 50 }],
  });
  const shown = async (): Promise<string[]> =>
    (await meter.text()).split('\n').filter((line) => line.startsWith('frontdesk_split_share{'));
  const before = registry.lease('users', stepped, []);
  assert.deepEqual(await shown(), [
    'frontdesk_split_share{split="users",side="stable"} 0.99',
    'frontdesk_split_share{split="users",side="old"} 0.01',
  ]);
  const after = registry.lease('users', config(6), []);
  clock.advance(60_000);
  const newest = [
    'frontdesk_split_share{split="users",side="stable"} 0.94',
    'frontdesk_split_share{split="users",side="canary"} 0.06',
  ];
  assert.deepEqual(await shown(), newest);
  const refused = registry.lease('users', config(7), []);
  await refused.release();
  assert.deepEqual(await shown(), newest);
  await before.release();
  assert.deepEqual(await shown(), newest);
  await after.release();
  assert.deepEqual(await shown(), []);
});
