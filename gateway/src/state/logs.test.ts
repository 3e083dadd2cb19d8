import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { openLogs } from './logs.ts';
import { MemoryStore } from './memory.ts';
import { stateConfig } from './state.ts';
import { skipWithoutRedis, startStore } from './testing/redis-server.ts';

const common = { clock: systemClock, logger: noLogger };

test('one process with its own memory shares no log', () => {
  const store = new MemoryStore({ clock: systemClock });
  assert.equal(openLogs('memory', { store, ...common }), undefined);
});

test('a log in Redis has a connection of its own, made when it is used', {
  skip: skipWithoutRedis,
}, async (t) => {
  const { redis, store, stop } = await startStore();
  t.after(stop);
  const logs = openLogs(stateConfig.parse({ redis: redis.url }), { store, ...common });
  assert.ok(logs);
  await logs.open('unused', { keepMs: 1000, maxEntries: 1 });
  const { number } = await logs.open('used', { keepMs: 1000, maxEntries: 1 }).write('a', 'b');
  assert.ok(number > 1e12);
  await logs.close();
});
