import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { inTime } from '../core/testing/in-time.ts';
import { MemoryStore } from '../state/memory.ts';
import { openStore } from '../state/state.ts';
import { type ScriptStore, type StateStore, storeGone } from '../state/store.ts';
import {
  redisCommand,
  skipWithoutServer,
  startRedis,
  type TestRedis,
} from '../state/testing/redis-server.ts';
import { allAllowed } from './decision.ts';
import { LeasedLimiter } from './leases/leased-limiter.ts';
import { createLimits, type Limits } from './limits.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { CountingMeter } from './testing/counting-meter.ts';

const clock = new ManualClock();
const dependencies = { clock, logger: noLogger, meter: noMeter };

test('buckets in memory without a shared store', async () => {
  const limits = createLimits({ store: new MemoryStore({ clock }), workers: 1, ...dependencies });
  assert.ok(limits.limiter instanceof MemoryLimiter);
  await limits.close();
});

test('a shared store that was never there: the workers of this node share what there is', async () => {
  const gone = () => Promise.reject(storeGone('test'));
  const store: ScriptStore = {
    connected: false,
    settled: async () => {},
    get: gone,
    set: gone,
    delete: gone,
    add: gone,
    close: async () => {},
    run: gone,
  };
  const limits = createLimits({ store, workers: 4, ...dependencies });
  assert.ok(limits.limiter instanceof LeasedLimiter);
  const spec = { name: 'p', capacity: 8, refillPerMs: 0.001 };
  const [decision] = await limits.limiter.take([{ spec, key: ['p', 'a', '/'] }], 1);
  assert.equal(decision?.remaining, 1);
  await limits.close();
});

describe('limits over a real Redis that fails', { skip: skipWithoutServer, concurrency: false }, () => {
  let redis: TestRedis;
  let store: StateStore;
  let limits: Limits;
  let meter: CountingMeter;
  const plan = { name: 'partner', capacity: 50, refillPerMs: 1e-6 };
  let buckets = 0;

  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());
  beforeEach(async () => {
    const wiring = { clock: systemClock, logger: noLogger, meter: new CountingMeter() };
    meter = wiring.meter;
    store = await openStore({ redis: redis.url, commandLimit: 500 }, wiring);
    await store.settled();
    limits = createLimits({ store, workers: 1, ...wiring });
    buckets += 1;
  });
  afterEach(async () => {
    await limits.close();
    await store.close();
  });

  const admit = async (count: number): Promise<number> => {
    const check = { spec: plan, key: ['plan', `consumer ${buckets}`, '/x'] };
    const answers = await Promise.all(Array.from({ length: count }, () => limits.limiter.take([check], 1)));
    return answers.filter(allAllowed).length;
  };
  const fallbacks = () => meter.value('frontdesk_limit_fallbacks_total');
  const sharedAgain = async () => {
    while (!store.connected || meter.value('frontdesk_limit_local_limits') > 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test('J143: killed, and back empty: what is left is admitted locally and no more; back within a second', async () => {
    assert.equal(await admit(20), 20);
    await redis.kill();
    assert.equal(await admit(100), 30);
    assert.ok(fallbacks() > 0);
    await inTime(1000, async (n) => {
      // Gone again, with nothing left to be told: only the way back is looked at once more.
      if (n > 0) {
        await redis.kill();
        while (store.connected) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await redis.restart();
      const backAt = performance.now();
      await sharedAgain();
      return backAt;
    });
    const before = fallbacks();
    assert.equal(await admit(100), 0, 'an empty Redis is told what was left, and what was admitted since');
    assert.equal(fallbacks(), before);
  });

  test('J141: paused: the same, and Redis remembers when it goes on', async () => {
    assert.equal(await admit(20), 20);
    redis.pause();
    assert.equal(await admit(10), 10);
    assert.equal(fallbacks(), 10);
    redis.resume();
    await sharedAgain();
    const admitted = await admit(100);
    // What was admitted meanwhile is drawn, what was asked for before the pause was noticed is not.
    assert.equal(admitted, 20);
  });

  test('J141: its scripts forgotten (NOSCRIPT): nothing is noticed', async () => {
    await admit(1);
    await redisCommand(redis.port, 'SCRIPT FLUSH');
    assert.equal(await admit(100), 49);
    assert.equal(fallbacks(), 0);
  });

  test('J141: OOM, READONLY, BUSY: decided locally, and no call fails', async () => {
    await redisCommand(redis.port, 'CONFIG SET maxmemory 1');
    assert.equal(await admit(1), 1);
    assert.equal(fallbacks(), 1);
    await redisCommand(redis.port, 'CONFIG SET maxmemory 0');

    await redisCommand(redis.port, 'REPLICAOF 127.0.0.1 1');
    assert.equal(await admit(1), 1);
    assert.equal(fallbacks(), 2);
    await redisCommand(redis.port, 'REPLICAOF NO ONE');
    await sharedAgain();

    await redisCommand(redis.port, 'CONFIG SET busy-reply-threshold 20');
    const held = redisCommand(redis.port, "EVAL 'while true do end' 0");
    for (let i = 0; fallbacks() === 2; i += 1) {
      await limits.limiter.take([{ spec: plan, key: ['plan', `nobody ${i}`, '/x'] }], 0);
    }
    assert.equal(await admit(1), 1);
    assert.equal(fallbacks(), 4);
    await redisCommand(redis.port, 'SCRIPT KILL');
    await held;
    await sharedAgain();
    const before = fallbacks();
    await admit(1);
    assert.equal(fallbacks(), before);
  });
});
