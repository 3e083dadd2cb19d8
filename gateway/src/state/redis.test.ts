import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { inTime } from '../core/testing/in-time.ts';
import { RedisStore } from './redis.ts';
import { defineScript } from './store.ts';
import {
  freePort,
  redisCommand,
  skipWithoutServer,
  startRedis,
  type TestRedis,
} from './testing/redis-server.ts';

interface Event {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The limit is one that a busy machine does not reach by itself. */
function open(t: TestContext, url: string, commandLimitMs = 2_000) {
  const events: Event[] = [];
  const record = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void events.push({ fields, message });
  const logger: Logger = { debug: record, info: record, warn: record, error: record };
  const store = new RedisStore({ url, commandLimitMs, clock: systemClock, logger, meter: noMeter });
  t.after(() => store.close());
  return { store, events };
}

/** Waits for a state that events of sockets bring about. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const echoBytes = defineScript('return {KEYS[1], ARGV[1], nil}');
const echo = defineScript('return {KEYS[1], ARGV[1]}');

describe('RedisStore', { skip: skipWithoutServer, concurrency: false }, () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());

  test('values live for their time; scripts run although Redis never saw them', async (t) => {
    const { store } = open(t, redis.url);
    await store.settled();
    await store.set('a', 'x', 60_000);
    assert.equal(await store.get('a'), 'x');
    assert.match(await redisCommand(redis.port, 'PTTL a'), /^:5\d{4}|^:60000/);
    await store.delete('a');
    assert.equal(await store.get('a'), undefined);
    const added = await Promise.all([store.add('a', '1', 60_000), store.add('a', '2', 60_000)]);
    assert.deepEqual(added, [true, false]);
    assert.equal(await store.get('a'), '1');
    assert.deepEqual(await store.run(echo, ['k'], ['v']), ['k', 'v']);
    await redisCommand(redis.port, 'SCRIPT FLUSH');
    assert.deepEqual(await store.run(echo, ['k'], ['v']), ['k', 'v']);
    await store.close();
    await assert.rejects(store.get('a'), FrontdeskError);
  });

  test('bytes go in and come out as they are, although Redis never saw the script', async (t) => {
    const { store } = open(t, redis.url);
    await store.settled();
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    for (let i = 0; i < 2; i += 1) {
      const reply = await store.runBinary(echoBytes, ['k'], [bytes]);
      assert.deepEqual(reply, [Buffer.from('k'), bytes]);
    }
  });

  test('replies that wait while this process is busy are no outage', async (t) => {
    const { store, events } = open(t, redis.url, 250);
    await store.settled();
    for (let round = 0; round < 3; round += 1) {
      const replies = Array.from({ length: 200 }, () => store.get('nothing'));
      const busyUntil = performance.now() + 350;
      while (performance.now() < busyUntil);
      await Promise.all(replies);
    }
    assert.deepEqual(
      events.map((event) => event.message),
      ['the state store answers'],
    );
    await store.close();
  });

  test('a paused Redis costs one limit, then nothing, and is back as soon as it answers', async (t) => {
    const { store, events } = open(t, redis.url, 500);
    await store.settled();
    redis.pause();
    await assert.rejects(store.get('nothing'), FrontdeskError);
    assert.equal(store.connected, false);
    let refused = 0;
    for (let i = 0; i < 100; i += 1) {
      store.get('nothing').catch(() => {
        refused += 1;
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(refused, 100, 'a refusal waits for no timer and no socket');
    redis.resume();
    await until(() => store.connected);
    assert.equal(await store.get('nothing'), undefined);
    assert.deepEqual(
      events.map((event) => event.message),
      ['the state store answers', 'the state store is gone', 'the state store answers'],
    );
    await store.close();
  });

  test('a killed Redis fails what waits at once, and its successor is found', async (t) => {
    const { store } = open(t, redis.url);
    await store.settled();
    // Recovery within a second.
    await inTime(1000, async () => {
      await redis.kill();
      await until(() => !store.connected);
      await assert.rejects(store.run(echo, ['k'], ['v']), FrontdeskError);
      await redis.restart();
      const backAt = performance.now();
      await until(() => store.connected);
      return backAt;
    });
    assert.deepEqual(await store.run(echo, ['k'], ['v']), ['k', 'v']);
    await store.close();
  });

  test('while it goes away every refusal is one of the store', async (t) => {
    const { store } = open(t, redis.url);
    await store.settled();
    let isGone = false;
    const gone = redis.kill().then(() => {
      isGone = true;
    });
    const refusals: unknown[] = [];
    while (!isGone || refusals.length === 0) {
      const asked = Array.from({ length: 20 }, () => store.get('a').catch((error) => refusals.push(error)));
      await Promise.all(asked);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await gone;
    await redis.restart();
    for (const refusal of refusals) assert.ok(refusal instanceof FrontdeskError, String(refusal));
  });

  test('a read-only replica refuses writes by its own words, and becomes the primary on a new connection', async (t) => {
    const { store } = open(t, redis.url);
    await store.settled();
    await redisCommand(redis.port, 'REPLICAOF 127.0.0.1 1');
    await assert.rejects(store.set('a', 'x', 1000), /READONLY/);
    await redisCommand(redis.port, 'REPLICAOF NO ONE');
    await until(() => store.connected);
    await store.set('a', 'x', 1000);
    await store.close();
  });

  test('OOM is an error reply, not an outage', async (t) => {
    const { store } = open(t, redis.url);
    await store.settled();
    await redisCommand(redis.port, 'CONFIG SET maxmemory 1');
    await assert.rejects(store.set('a', 'x', 1000), /OOM/);
    assert.equal(store.connected, true);
    await redisCommand(redis.port, 'CONFIG SET maxmemory 0');
    await store.set('a', 'x', 1000);
    await store.close();
  });

  test('a Redis that is not there yet is no reason to wait, and closing needs no connection', async (t) => {
    const { store, events } = open(t, `redis://someone:canary-secret@127.0.0.1:${await freePort()}`);
    await store.settled();
    assert.equal(store.connected, false);
    await assert.rejects(store.get('a'), FrontdeskError);
    await store.close();
    assert.ok(!JSON.stringify(events).includes('canary-secret'));
  });

  test('a wrong password is told without the password', async (t) => {
    const guarded = await startRedis(['--requirepass', 'right']);
    const { store, events } = open(t, `redis://:canary-secret@127.0.0.1:${guarded.port}`);
    await store.settled();
    const refusal = await store.get('a').then(
      () => undefined,
      (error: FrontdeskError) => error,
    );
    assert.match(refusal?.detail ?? '', /WRONGPASS/);
    assert.ok(!`${JSON.stringify(events)}${refusal?.detail}`.includes('canary-secret'));
    await store.close();
    await guarded.stop();
  });
});
