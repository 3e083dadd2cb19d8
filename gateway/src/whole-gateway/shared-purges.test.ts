/** Purges between processes: over a real Redis, and over the primary process of a node. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KeptParts } from '../bff/screen/kept-parts.ts';
import { LastGood } from '../bff/screen/last-good.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { CachePurges } from '../sharing/cache-purges.ts';
import { openChannels } from '../state/channels.ts';
import { openLogs } from '../state/logs.ts';
import { serveLogs } from '../state/primary-log.ts';
import { RedisStore } from '../state/redis.ts';
import { type StateConfig, stateConfig } from '../state/state.ts';
import type { StateStore } from '../state/store.ts';
import { skipWithoutServer, startRedis } from '../state/testing/redis-server.ts';
import { pairOfWorkers } from '../state/testing/worker-pair.ts';
import { cacheConfig } from '../upstream/cache/config.ts';
import { CacheRegistry } from '../upstream/cache/registry.ts';
import { storedOf } from '../upstream/cache/stored.fixture.ts';

interface Place {
  readonly state: StateConfig;
  readonly store: StateStore;
  readonly clock: Clock;
}

const PART = JSON.stringify(['mobile', 'home', 'user', null, '*']);
const settings = cacheConfig.parse({});

/** What of a process a purge is about. */
async function startProcess({ state, store, clock }: Place) {
  const common = { clock, logger: noLogger, meter: noMeter };
  const channels = await openChannels(state, { store, clock, logger: noLogger });
  const logs = openLogs(state, { store, clock, logger: noLogger });
  assert.ok(logs && settings);
  const ready = Promise.withResolvers<void>();
  channels.subscribe('log:purges', { message() {}, resumed: ready.resolve });
  const onInvalidated = (upstream: string, uri: string) => purges.invalidated(upstream, uri);
  const caches = new CacheRegistry({ clock, onInvalidated });
  const keptParts = new KeptParts(clock);
  const lastGood = new LastGood(clock);
  const purges: CachePurges = new CachePurges({ ...common, caches, keptParts, lastGood, logs, channels });
  await ready.promise;
  const cache = caches.lease('shop', settings).value;
  const key = { uri: '/a', own: undefined, everybody: 'slot' };
  const look = async () => cache.store.find(key, new HeaderFields(), 'anyone');
  return {
    purges,
    channels,
    keptParts,
    lastGood,
    cache,
    look,
    fill() {
      cache.put('slot', '/a', storedOf({ 'cache-tag': 'p1' }), 0);
      keptParts.put(PART, 1, 1);
      lastGood.put(PART, '1');
    },
    async has() {
      const kept = [(await look()).reply, keptParts.get(PART, 1e9), lastGood.get(PART, 1e9)];
      return kept.map((one) => (one ? 'x' : '-')).join('');
    },
    async close() {
      purges.close();
      await logs.close();
      await channels.close();
    },
  };
}

type Process = Awaited<ReturnType<typeof startProcess>>;

/** Waits until it is as it must be; what comes between is events of other connections. */
async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const tag = (text: string) => ({ upstream: undefined, purge: { kind: 'tag', tag: text } }) as const;

async function purgesReachAll([one, other]: readonly [Process, Process]): Promise<void> {
  one.fill();
  other.fill();
  assert.deepEqual(await one.purges.purge(tag('p1')), { upstreams: ['shop'], removed: 1, processes: 2 });
  await until(async () => (await other.has()) === '-xx');
  await other.purges.purge(tag('bff:mobile/home'));
  await until(async () => (await one.has()) === '---');
  // What is being fetched when another's purge comes is not kept here either.
  const { ticket } = await other.look();
  const askedAt = other.lastGood.clock.now();
  const answered = await one.purges.purge({ upstream: 'shop', purge: { kind: 'uri', uri: '/a' } });
  assert.equal(answered.processes, 2);
  await one.purges.purge(tag('bff:mobile'));
  await until(async () => (await other.look()).ticket > ticket);
  // Both went by one channel, in order; the second is a turn behind at most.
  await other.purges.purge(tag('behind both'));
  other.cache.put('slot', '/a', storedOf({}), ticket);
  other.lastGood.put(PART, '1', askedAt);
  assert.equal(await other.has(), '---');
  // A client's write through one.
  other.fill();
  one.cache.invalidate('/a');
  await until(async () => (await other.has()) === '-xx');
}

describe('purges between processes', { timeout: 300_000 }, () => {
  test("of one node, by the primary's channels", async (t) => {
    const { clock, server, stores } = pairOfWorkers(2);
    serveLogs(server, { clock });
    const [a, b] = stores;
    assert.ok(a && b);
    const one = await startProcess({ state: 'memory', store: a, clock });
    const other = await startProcess({ state: 'memory', store: b, clock });
    t.after(() => Promise.all([one.close(), other.close()]));
    await purgesReachAll([one, other]);
  });

  test('of several nodes, through Redis; who was cut off catches up, or forgets everything', {
    skip: skipWithoutServer,
  }, async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const state = stateConfig.parse({ redis: redis.url });
    const start = async () => {
      const store = new RedisStore({
        url: redis.url,
        commandLimitMs: 1000,
        clock: systemClock,
        logger: noLogger,
        meter: noMeter,
      });
      await store.settled();
      const running = await startProcess({ state, store, clock: systemClock });
      t.after(async () => {
        await running.close();
        await store.close();
      });
      return { ...running, store };
    };
    const [one, other] = await Promise.all([start(), start()]);
    await purgesReachAll([one, other]);

    one.fill();
    other.fill();
    const gap = Promise.withResolvers<void>();
    const back = Promise.withResolvers<void>();
    other.channels.subscribe('log:purges', {
      message() {},
      resumed: () => back.resolve(),
      interrupted: gap.resolve,
    });
    // Its connection alone breaks: what is purged while it is away it is not told.
    const { rows } = await cut(redis.url, other);
    assert.ok(rows > 0);
    await gap.promise;
    await one.purges.purge(tag('p1'));
    await until(async () => (await other.has()) === '-xx');

    // Redis dies and comes back empty: nobody can say what was purged by others.
    one.fill();
    await redis.kill();
    await assert.rejects(one.purges.purge(tag('p1')), { code: 'upstream_unavailable' });
    assert.equal(await one.has(), '-xx');
    other.fill();
    await redis.restart();
    await until(async () => (await other.has()) === '---');
  });
});

/** Has Redis end the connections by which processes hear. */
async function cut(url: string, _process: Process): Promise<{ rows: number }> {
  const { Redis } = await import('ioredis');
  const client = new Redis(url);
  const rows = Number(await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
  await client.quit();
  return { rows };
}
