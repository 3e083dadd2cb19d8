import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { RedisStore } from '../state/redis.ts';
import { skipWithoutServer, startRedis, type TestRedis } from '../state/testing/redis-server.ts';
import { ProcessCount } from './processes.ts';

describe('ProcessCount', { skip: skipWithoutServer }, () => {
  let redis: TestRedis;
  let store: RedisStore;
  before(async () => {
    redis = await startRedis();
    store = new RedisStore({
      url: redis.url,
      commandLimitMs: 1000,
      clock: systemClock,
      logger: noLogger,
      meter: noMeter,
    });
    await store.settled();
  });
  after(async () => {
    await store.close();
    await redis.stop();
  });

  test('each learns how many there are, keeps the last count without Redis, and is gone once it left', async () => {
    const clock = new ManualClock();
    const make = (id: string, workers = 1) => new ProcessCount({ store, clock, id, workers });
    const [a, b, c] = [make('a'), make('b'), make('c')];
    await a.beat();
    assert.equal(a.value, 1);
    await b.beat();
    await c.beat();
    await a.beat();
    assert.equal(a.value, 3);
    await c.stop();
    await a.beat();
    assert.equal(a.value, 2);
    await redis.kill();
    await a.beat();
    assert.equal(a.value, 2);
    await a.stop();
    await b.stop();
    assert.equal(clock.pending, 0);
  });

  test('the workers of this node are the least', () => {
    assert.equal(new ProcessCount({ store, clock: new ManualClock(), id: 'x', workers: 4 }).value, 4);
  });
});
