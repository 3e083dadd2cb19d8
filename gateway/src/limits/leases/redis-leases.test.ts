import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RedisStore } from '../../state/redis.ts';
import { skipWithoutServer, startStore } from '../../state/testing/redis-server.ts';
import { RedisLimiter } from '../redis-limiter.ts';
import { RedisLeases } from './redis-leases.ts';

describe('RedisLeases', { skip: skipWithoutServer }, () => {
  let store: RedisStore;
  let stop: () => Promise<void>;
  before(async () => {
    ({ store, stop } = await startStore());
  });
  after(() => stop());

  test('an exact draw and a lease see one level', async () => {
    const spec = { name: 'p', capacity: 10, refillPerMs: 1e-9 };
    const key = ['plan', 'acme', '/x'];
    const leases = new RedisLeases(store);
    await new RedisLimiter(store).take([{ spec, key }], 4);
    const request = {
      holder: 'a',
      sequence: 1,
      lost: 0,
      known: 1e9,
      held: 0,
      back: 0,
      owed: 0,
      most: 1e9,
      need: 1,
      waiting: 0,
      ahead: 4,
      shares: 1,
    };
    const { granted, ahead, level } = await leases.lease(spec, key, request);
    assert.deepEqual([granted, ahead, Math.round(level)], [1, 2, 3]);
    const [decision] = await new RedisLimiter(store).take([{ spec, key }], 1);
    assert.equal(decision?.remaining, 2);
  });

  test('a reply of another shape is an error, not a lease', async () => {
    const broken = new RedisLeases(
      Object.assign(Object.create(store), { run: async () => ['1', 'much', '2'] }),
    );
    const request = {
      holder: 'a',
      sequence: 1,
      lost: 0,
      known: 1e9,
      held: 0,
      back: 0,
      owed: 0,
      most: 1e9,
      need: 1,
      waiting: 0,
      ahead: 4,
      shares: 1,
    };
    await assert.rejects(broken.lease({ name: 'p', capacity: 1, refillPerMs: 1 }, ['a'], request));
  });
});
