import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import type { RedisStore } from '../state/redis.ts';
import { skipWithoutServer, startStore, type TestRedis } from '../state/testing/redis-server.ts';
import { ProcessCount } from './processes.ts';

describe('ProcessCount', { skip: skipWithoutServer }, () => {
  let redis: TestRedis;
  let store: RedisStore;
  let stop: () => Promise<void>;
  before(async () => {
    ({ redis, store, stop } = await startStore());
  });
  after(() => stop());

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
    assert.equal(a.value, 3, 'a Redis that lost its memory would say so too');
    clock.advance(15_000);
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
