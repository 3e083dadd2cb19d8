import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineInMemory } from '../../bff/flow/flow-engine-memory.ts';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { shopBff } from './flow-face.fixture.ts';
import { openFlows } from './flow-mount.ts';

const common = {
  clock: systemClock,
  logger: noLogger,
  meter: noMeter,
  callUpstream: () => assert.fail('nothing is called'),
  openGrpc: async () => undefined,
};

test('an engine works with what mounts offer until they take it back', async () => {
  const engine = engineInMemory('shop', common);
  assert.equal(await openFlows({ ...shopBff, flows: [] }, common), undefined);
  const opened = await openFlows(shopBff, { ...common, flows: () => engine });
  assert.equal(opened?.engine, engine);
  await engine.journal.open('x', 'dead', 'no record', 0);
  assert.equal(await engine.recover(10), 0);
  const takeBack = opened?.offer();
  assert.equal(await engine.recover(10), 1);
  // What cannot be read waits for a human.
  assert.deepEqual(await engine.journal.count(), { open: 0, stuck: 1 });
  takeBack?.();
  assert.equal(await engine.recover(10), 0);
});
