import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { openChannels } from './channels.ts';
import { MemoryStore } from './memory.ts';
import { MemoryChannels } from './memory-channels.ts';
import { skipWithoutRedis, startStore } from './testing/redis-server.ts';

test('memory has channels within the process', async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  const channels = await openChannels('memory', { store, clock, logger: noLogger });
  assert.ok(channels instanceof MemoryChannels);
});

test('Redis has channels between processes', { skip: skipWithoutRedis }, async (t) => {
  const { redis, store, stop } = await startStore();
  t.after(stop);
  const config = { redis: redis.url, commandLimit: 1000 };
  const open = () => openChannels(config, { store, clock: systemClock, logger: noLogger });
  const [here, there] = await Promise.all([open(), open()]);
  t.after(() => Promise.all([here.close(), there.close()]));
  const { promise: heard, resolve } = Promise.withResolvers<string>();
  await new Promise<void>((resumed) => there.subscribe('x', { message: resolve, resumed }));
  await here.publish('x', 'hello');
  assert.equal(await heard, 'hello');
});
