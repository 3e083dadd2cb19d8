import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { type Clock, systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { RedisStore } from './redis.ts';
import { RedisChannels } from './redis-channels.ts';
import { openListener } from './redis-client.ts';
import { redisCommand, skipWithoutServer, startRedis, type TestRedis } from './testing/redis-server.ts';

async function open(t: TestContext, url: string, clock: Clock = systemClock) {
  const options = { url, commandLimitMs: 1000, clock: systemClock, logger: noLogger, meter: noMeter };
  const store = new RedisStore(options);
  await store.settled();
  const channels = new RedisChannels({
    open: () => openListener({ at: url }, 'frontdesk-channels'),
    store,
    clock,
    logger: noLogger,
  });
  t.after(async () => {
    await channels.close();
    await store.close();
  });
  return { store, channels };
}

/** Everything that a listener was told, and a way to wait for the next of it. */
function listen(channels: RedisChannels, channel: string) {
  const told: string[] = [];
  let wake = () => {};
  const tell = (text: string) => {
    told.push(text);
    wake();
  };
  const end = channels.subscribe(channel, {
    message: tell,
    resumed: () => tell('(resumed)'),
    interrupted: () => tell('(interrupted)'),
  });
  const until = async (text: string): Promise<void> => {
    while (!told.includes(text)) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { told, until, end };
}

describe('RedisChannels', { skip: skipWithoutServer, concurrency: false, timeout: 300_000 }, () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());

  test('nobody subscribes, nobody connects', async (t) => {
    const { channels } = await open(t, redis.url);
    await channels.publish('x', 'unheard');
    assert.ok(!(await redisCommand(redis.port, 'CLIENT LIST')).includes('frontdesk-channels'));
  });

  test('a message reaches everybody who listens to its channel, in order', async (t) => {
    // Nobody pings on a clock that stands still: a busy machine is no gap.
    const clock = new ManualClock();
    const { channels: here } = await open(t, redis.url, clock);
    const { channels: there } = await open(t, redis.url, clock);
    const [a, b, c] = [listen(here, 'x'), listen(there, 'x'), listen(there, 'y')];
    await Promise.all([a.until('(resumed)'), b.until('(resumed)'), c.until('(resumed)')]);
    for (const text of ['1', '2', '3']) await here.publish('x', text);
    await Promise.all([a.until('3'), b.until('3')]);
    for (const { told } of [a, b]) assert.deepEqual(told, ['(resumed)', '1', '2', '3']);
    assert.deepEqual(c.told, ['(resumed)']);
    b.end();
    const second = listen(there, 'y');
    await second.until('(resumed)');
    await here.publish('x', '4');
    await here.publish('y', '5');
    await Promise.all([second.until('5'), c.until('5'), a.until('4')]);
    assert.ok(!b.told.includes('4'));
    assert.ok(!(await redisCommand(redis.port, 'PUBSUB NUMSUB frontdesk:x')).includes(':2'));
  });

  test('a connection that is cut is a gap, and its end is told', async (t) => {
    const { channels } = await open(t, redis.url);
    const { told, until } = listen(channels, 'x');
    await until('(resumed)');
    await redisCommand(redis.port, 'CLIENT KILL TYPE pubsub');
    await until('(interrupted)');
    told.length = 0;
    await until('(resumed)');
    await channels.publish('x', 'again');
    await until('again');
    assert.deepEqual(told, ['(resumed)', 'again']);
  });

  test('a Redis that stands still is a gap, and so is one that went away', async (t) => {
    const { store, channels } = await open(t, redis.url);
    const { told, until } = listen(channels, 'x');
    await until('(resumed)');
    redis.pause();
    await until('(interrupted)');
    told.length = 0;
    redis.resume();
    await until('(resumed)');
    await redis.kill();
    await until('(interrupted)');
    await assert.rejects(channels.publish('x', 'lost'), { code: 'upstream_unavailable' });
    told.length = 0;
    await redis.restart();
    await until('(resumed)');
    while (!store.connected) await new Promise((resolve) => setTimeout(resolve, 5));
    await channels.publish('x', 'found');
    await until('found');
  });

  test('a user without the right is told so once, and does not hammer', async (t) => {
    await redisCommand(redis.port, 'ACL SETUSER deaf on >pass ~* &* +@all -subscribe');
    const warnings: string[] = [];
    const { store } = await open(t, redis.url);
    const channels = new RedisChannels({
      open: () => openListener({ at: redis.url.replace('//', '//deaf:pass@') }, 'frontdesk-channels'),
      store,
      clock: systemClock,
      logger: { ...noLogger, warn: (_fields, message) => void warnings.push(message) },
    });
    t.after(() => channels.close());
    const { told } = listen(channels, 'x');
    while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual([warnings, told], [['no messages between gateways'], []]);
    await redisCommand(redis.port, 'ACL SETUSER deaf +subscribe');
    while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(told, ['(resumed)']);
  });
});
