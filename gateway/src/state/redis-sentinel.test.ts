import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { RedisStore } from './redis.ts';
import { redisCommand, skipWithoutServer } from './testing/redis-server.ts';
import { MASTER_NAME, startSentinel } from './testing/sentinel.ts';

describe('RedisStore behind sentinels', { skip: skipWithoutServer }, () => {
  test('the primary is found by its name, and after it died the replica that was promoted', async (t) => {
    const sentinel = await startSentinel();
    t.after(() => sentinel.stop());
    const at = { sentinels: ['redis://127.0.0.1:1', sentinel.url], master: MASTER_NAME, database: 0 };
    const store = new RedisStore({
      url: { at },
      commandLimitMs: 1000,
      clock: systemClock,
      logger: noLogger,
      meter: noMeter,
    });
    t.after(() => store.close());
    while (!store.connected) await delay(20);
    await store.set('a', 'x', 60_000);
    assert.match(await redisCommand(sentinel.primary.port, 'WAIT 1 1000'), /^:1/);
    await sentinel.primary.kill();
    for (;;) {
      const isKept = await store.set('b', 'y', 60_000).then(
        () => true,
        () => false,
      );
      if (isKept) break;
      await delay(20);
    }
    assert.equal(await store.get('a'), 'x');
    assert.match(await redisCommand(sentinel.replica.port, 'GET b'), /y/);
  });
});
