import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { inTime } from '../../core/testing/in-time.ts';
import { openChannels } from '../../state/channels.ts';
import { openStore, stateConfig } from '../../state/state.ts';
import { type Channels, isScriptStore, type Script, type ScriptStore } from '../../state/store.ts';
import {
  redisCommand,
  skipWithoutServer,
  startRedis,
  type TestRedis,
} from '../../state/testing/redis-server.ts';
import { presented } from '../testing/presented.ts';
import { ApiKeyScheme, apiKeyConfig, createApiKey } from './api-key.ts';
import { consumersConfig, indexConsumers } from './consumers.ts';
import { joinStored } from './joined-consumers.ts';
import { StoredConsumers } from './stored-consumers.ts';

const gold = { name: 'gold', scopes: new Set(['read']) };
const plans = { byName: new Map([['gold', gold]]), defaultPlan: undefined };

/** One process of several, with a scheme that asks it. */
async function startProcess(t: TestContext, url: string, configured: unknown[] = []) {
  const state = stateConfig.parse({ redis: url, commandLimit: '500ms' });
  const errors: string[] = [];
  const logger = {
    ...noLogger,
    error: (fields: Readonly<Record<string, unknown>>, message: string) =>
      void errors.push(`${message} ${fields.consumer ?? ''}`.trim()),
  };
  const store = await openStore(state, { clock: systemClock, logger: noLogger, meter: noMeter });
  await store.settled();
  assert.ok(isScriptStore(store));
  const channels = await openChannels(state, { store, clock: systemClock, logger: noLogger });
  const stored = new StoredConsumers({ store, channels, clock: systemClock, logger, meter: noMeter });
  t.after(async () => {
    stored.close();
    await channels.close();
    await store.close();
  });
  stored.follow();
  const config = consumersConfig.parse(configured);
  const consumers = joinStored(indexConsumers(config, plans), config, plans, stored);
  const scheme = new ApiKeyScheme({ config: apiKeyConfig.parse({}), consumers, clock: systemClock });
  const ask = (key: string): unknown => {
    try {
      const identity = scheme.identify(presented({ 'x-api-key': key }));
      return identity && [identity.consumer, identity.plan];
    } catch (error) {
      return error instanceof FrontdeskError ? error.status : error;
    }
  };
  return { stored, consumers, errors, ask };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(2);
}

describe('StoredConsumers', { skip: skipWithoutServer, concurrency: false, timeout: 300_000 }, () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  beforeEach(() => redisCommand(redis.port, 'FLUSHALL'));
  after(() => redis.stop());

  test('G103: a key that one process makes works in another within a second, and so does its end', async (t) => {
    const [here, there] = await Promise.all([startProcess(t, redis.url), startProcess(t, redis.url)]);
    await until(() => here.stored.loaded && there.stored.loaded);
    await inTime(1000, async () => {
      const { key, sha256 } = createApiKey('k1');
      const begun = performance.now();
      await here.stored.change('acme', () => ({ id: 'acme', plan: 'gold', apiKeys: [{ id: 'k1', sha256 }] }));
      assert.deepEqual(here.ask(key), ['acme', 'gold']);
      await until(() => Array.isArray(there.ask(key)));
      await here.stored.change('acme', () => undefined);
      assert.equal(here.ask(key), 401, 'though it was remembered');
      await until(() => there.ask(key) === 401);
      return begun;
    });
  });

  test('two that change one entry at once both have their way', async (t) => {
    const [here, there] = await Promise.all([startProcess(t, redis.url), startProcess(t, redis.url)]);
    const add = (client: string) => (entry: unknown) => {
      const { clients } = (entry ?? { clients: [] }) as { clients: string[] };
      return { id: 'acme', clients: [...clients, client] };
    };
    const names = Array.from({ length: 20 }, (_, i) => `c${i}`);
    await Promise.all(names.map((name, i) => (i % 2 ? here : there).stored.change('acme', add(name))));
    await until(() => names.every((name) => here.consumers.byClient.get(name)?.id === 'acme'));
  });

  test('a bad entry harms nobody: not the others, nor what was known of it', async (t) => {
    const { key, sha256 } = createApiKey('k1');
    const here = await startProcess(t, redis.url);
    await here.stored.change('acme', () => ({ id: 'acme', apiKeys: [{ id: 'k1', sha256 }] }));
    await redisCommand(
      redis.port,
      `HSET {consumers}:entries acme nonsense other "{\\"id\\":\\"x\\"}" good "{\\"id\\":\\"good\\",\\"clients\\":[\\"c\\"]}"`,
    );
    for (const id of ['acme', 'other', 'good'])
      await redisCommand(redis.port, `PUBLISH frontdesk:consumers ${id}`);
    await until(() => here.stored.get('good') !== undefined);
    assert.deepEqual(here.ask(key), ['acme', undefined]);
    const late = await startProcess(t, redis.url);
    await until(() => late.stored.loaded);
    assert.deepEqual(
      late.stored.all().map(({ config }) => config.id),
      ['good'],
    );
    assert.ok(late.errors.includes('an entry of the state store is no consumer acme'));
  });

  test('what the configuration says of an id is what holds; a plan that nobody defined is no plan', async (t) => {
    const [mine, theirs] = [createApiKey('mine'), createApiKey('theirs')];
    const here = await startProcess(t, redis.url, [
      { id: 'acme', apiKeys: [{ id: 'k', sha256: mine.sha256 }], clients: ['app'] },
    ]);
    await here.stored.change('acme', () => ({ id: 'acme', apiKeys: [{ id: 'k', sha256: theirs.sha256 }] }));
    await here.stored.change('eve', () => ({ id: 'eve', clients: ['app', 'web'] }));
    await here.stored.change('lost', () => ({ id: 'lost', plan: 'lost', clients: ['lost'] }));
    await until(() => here.stored.loaded);
    assert.deepEqual([here.ask(mine.key), here.ask(theirs.key)], [['acme', undefined], 401]);
    const { byClient } = here.consumers;
    assert.deepEqual(
      ['app', 'web', 'lost'].map((client) => byClient.get(client)?.id),
      ['acme', 'eve', undefined],
    );
  });

  test('Redis goes and comes back empty: the last known stay; who starts without it cannot tell', async (t) => {
    const { key, sha256 } = createApiKey('k1');
    const here = await startProcess(t, redis.url);
    await here.stored.change('acme', () => ({ id: 'acme', apiKeys: [{ id: 'k1', sha256 }] }));
    await until(() => here.stored.loaded);
    await redisCommand(redis.port, 'CLIENT KILL TYPE pubsub');
    await wait(300);
    await redis.kill();
    assert.deepEqual(here.ask(key), ['acme', undefined]);
    const blind = await startProcess(t, redis.url);
    assert.equal(blind.ask(key), 503);
    await redis.restart();
    await until(() => here.errors.includes('the state store has lost consumers: the last known stay'));
    assert.deepEqual(here.ask(key), ['acme', undefined]);
    await until(() => blind.stored.loaded);
    assert.equal(blind.ask(key), 401);
  });

  test('all are read again where the count of changes says so, and not otherwise', async (t) => {
    const clock = new ManualClock();
    const state = stateConfig.parse({ redis: redis.url, commandLimit: '500ms' });
    const store = await openStore(state, { clock: systemClock, logger: noLogger, meter: noMeter });
    t.after(() => store.close());
    await store.settled();
    assert.ok(isScriptStore(store));
    let pages = 0;
    let looks = 0;
    const counted = {
      run: (script: Script, keys: readonly string[], args: readonly (string | number)[]) => {
        if (script.source.includes('HSCAN')) pages += 1;
        else looks += 1;
        return store.run(script, keys, args);
      },
    };
    const watched: ScriptStore = Object.assign(Object.create(store), counted);
    const channels: Channels = {
      publish: async () => {},
      subscribe: (_channel, { resumed }) => {
        resumed();
        return () => {};
      },
    };
    const stored = new StoredConsumers({ store: watched, channels, clock, logger: noLogger, meter: noMeter });
    t.after(() => stored.close());
    stored.follow();
    await until(() => stored.loaded);
    assert.deepEqual([pages, looks], [1, 0]);
    // Armed when the reading has ended, a turn later.
    await wait(0);
    clock.advance(30_000);
    await until(() => looks === 1);
    await wait(20);
    assert.equal(pages, 1);
    // Somebody wrote, and was not heard.
    await redisCommand(redis.port, `HSET {consumers}:entries acme '{"id":"acme"}'`);
    await redisCommand(redis.port, 'INCR {consumers}:changes');
    clock.advance(30_000);
    await until(() => stored.size === 1);
    assert.equal(pages, 2);
  });
});
