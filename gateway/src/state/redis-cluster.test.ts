import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { systemClock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { keySlot } from './key-slot.ts';
import { LogFollower } from './log-follower.ts';
import { RedisChannels } from './redis-channels.ts';
import { ClusterStore } from './redis-cluster.ts';
import { RedisLog } from './redis-log.ts';
import type { LogEntry } from './shared-log.ts';
import { defineScript } from './store.ts';
import { firstOwner, startCluster, type TestCluster } from './testing/redis-cluster-server.ts';
import { redisCommand, skipWithoutServer } from './testing/redis-server.ts';

const echo = defineScript('return {KEYS[1], ARGV[1]}');

/** A key that lies with a primary, as the cluster begins. */
function keyAt(primary: number, name: string): string {
  for (let i = 0; ; i += 1) {
    const key = `frontdesk:{${name}${i}}:x`;
    if (firstOwner(keySlot(key)) === primary) return key;
  }
}

describe('ClusterStore', { skip: skipWithoutServer, concurrency: false }, () => {
  let cluster: TestCluster;
  let store: ClusterStore;
  before(async () => {
    cluster = await startCluster();
    store = new ClusterStore({
      place: { at: { cluster: [...cluster.urls] } },
      commandLimitMs: 1000,
      clock: systemClock,
      logger: noLogger,
      meter: noMeter,
    });
    await store.settled();
  });
  after(async () => {
    await store.close();
    await cluster.stop();
  });

  /** Asks until it is answered; how soon is told by the suite's own limit. */
  const answered = async (key: string): Promise<unknown> => {
    for (;;) {
      try {
        return await store.run(echo, [key], ['v']);
      } catch (error) {
        assert.ok(error instanceof Error);
        await delay(20);
      }
    }
  };

  test('keys lie with all three, and come back; scripts run that no node ever saw', async () => {
    for (const primary of [0, 1, 2]) {
      const key = keyAt(primary, 'spread');
      await store.set(key, `at ${primary}`, 60_000);
      assert.equal(await store.get(key), `at ${primary}`);
      assert.match(await redisCommand(cluster.primaries[primary]?.port ?? 0, `GET ${key}`), /^\$4/);
      assert.deepEqual(await store.run(echo, [key], ['v']), [key, 'v']);
      assert.deepEqual(await store.runBinary(echo, [key], ['v']), [Buffer.from(key), Buffer.from('v')]);
      assert.equal(await store.add(key, 'y', 1000), false);
      await store.delete(key);
      assert.equal(await store.get(key), undefined);
    }
    assert.ok(store.connected);
  });

  test('a slot that moved to another node is followed', async () => {
    const key = keyAt(0, 'moving');
    await store.set(key, 'x', 60_000);
    await cluster.migrate(keySlot(key));
    assert.equal(await store.get(key), 'x');
    assert.deepEqual(await store.run(echo, [key], ['v']), [key, 'v']);
  });

  test('what is written in a log is told to who listens at a node that has none of it, and read after a gap', async () => {
    const log = new RedisLog('of-a-cluster', { keepMs: 60_000, maxEntries: 10 }, async () => store);
    const owner = firstOwner(keySlot('frontdesk:{log:of-a-cluster}'));
    const elsewhere = cluster.primaries[(owner + 1) % 3];
    assert.ok(elsewhere);
    const options = { lazyConnect: true, enableOfflineQueue: false, autoResubscribe: false };
    const channels = new RedisChannels({
      open: () => new Redis(elsewhere.url, options),
      store,
      clock: systemClock,
      logger: noLogger,
    });
    const told: string[] = [];
    let heard = Promise.withResolvers<void>();
    const entry = ({ key, text }: LogEntry): void => {
      told.push(key + text);
      heard.resolve();
    };
    const listener = { entry, lost: () => assert.fail('nothing is lost') };
    await log.write('a', '1');
    const follower = new LogFollower({ log, channels, clock: systemClock, listener });
    await follower.known;
    heard = Promise.withResolvers();
    // No node knows of all who listen.
    assert.equal((await log.write('b', '2')).heard, undefined);
    await heard.promise;
    assert.deepEqual(told, ['a1', 'b2']);
    heard = Promise.withResolvers();
    await redisCommand(elsewhere.port, 'CLIENT KILL TYPE pubsub');
    await log.write('c', '3');
    await heard.promise;
    assert.deepEqual(told, ['a1', 'b2', 'c3']);
    follower.close();
    await channels.close();
  });

  test('a paused node is refused at once after one limit, the others answer meanwhile', async () => {
    const [, , third] = cluster.primaries;
    const stuck = keyAt(2, 'stuck');
    third?.pause();
    await assert.rejects(store.get(stuck), FrontdeskError);
    await assert.rejects(store.get(stuck), /state store: a node does not answer|unavailable/);
    assert.equal(await store.get(keyAt(1, 'free')), undefined);
    assert.ok(store.connected);
    third?.resume();
    assert.deepEqual(await answered(stuck), [stuck, 'v']);
  });

  test('the replica of a killed primary takes over, with what it holds', async () => {
    const key = keyAt(0, 'failover');
    await store.set(key, 'x', 60_000);
    await redisCommand(cluster.primaries[0]?.port ?? 0, 'WAIT 1 1000');
    await cluster.primaries[0]?.kill();
    await assert.rejects(store.get(key));
    assert.equal(await store.get(keyAt(1, 'free')), undefined);
    await answered(key);
    assert.equal(await store.get(key), 'x');
  });
});
