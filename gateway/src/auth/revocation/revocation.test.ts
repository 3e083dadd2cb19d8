import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { inTime } from '../../core/testing/in-time.ts';
import { openChannels } from '../../state/channels.ts';
import { MemoryStore } from '../../state/memory.ts';
import { MemoryChannels } from '../../state/memory-channels.ts';
import { openStore } from '../../state/state.ts';
import { isScriptStore, type ScriptStore } from '../../state/store.ts';
import {
  redisCommand,
  skipWithoutServer,
  startRedis,
  type TestRedis,
} from '../../state/testing/redis-server.ts';
import { identityWith } from '../testing/identity.ts';
import { RevocationList, revocationConfig } from './revocation.ts';

const token = (jti: string, more: Record<string, unknown> = {}) =>
  identityWith({ claims: { jti, iat: Date.now() / 1000 - 10, ...more } });

test('in one process a revocation holds at once, until the token ends and its skew is over', async () => {
  const clock = new ManualClock();
  const list = new RevocationList({
    config: revocationConfig.parse(undefined),
    store: new MemoryStore({ clock }),
    channels: new MemoryChannels({ logger: noLogger }),
    clock,
    logger: noLogger,
  });
  list.follow();
  assert.equal(list.isRevoked(token('j')), false);
  await list.revoke('j', clock.wall() + 60_000);
  await list.revoke('past', clock.wall() - 1);
  assert.equal(list.isRevoked(token('j')), true);
  assert.deepEqual(list.list(0, 10), {
    known: 1,
    whole: true,
    revocations: [{ kind: 'jti', id: 'j', until: clock.wall() + 360_000, before: undefined }],
  });
  clock.advance(360_000);
  assert.equal(list.isRevoked(token('j')), false);
});

interface Process {
  readonly list: RevocationList;
  readonly store: ScriptStore;
  /** How often it asked Redis. */
  readonly asked: () => number;
  readonly logged: string[];
}

/** One process of several: a store, channels and a list of its own. */
async function startProcess(
  t: TestContext,
  url: string,
  config: Record<string, unknown> = {},
): Promise<Process> {
  const state = { redis: url, commandLimit: 500 };
  const parts = {
    clock: systemClock,
    logger: noLogger,
    meter: { counter, gauge: counter, histogram: counter },
  };
  const opened = await openStore(state, parts);
  await opened.settled();
  assert.ok(isScriptStore(opened));
  let asked = 0;
  const store: ScriptStore = Object.create(opened, {
    run: {
      value: (...args: Parameters<ScriptStore['run']>) => {
        asked += 1;
        return opened.run(...args);
      },
    },
    connected: { get: () => opened.connected },
  });
  const channels = await openChannels(state, { store: opened, clock: systemClock, logger: noLogger });
  const logged: string[] = [];
  const log = (_fields: object, message: string) => void logged.push(message);
  const list = new RevocationList({
    config: revocationConfig.parse(config),
    store,
    channels,
    clock: systemClock,
    logger: { ...noLogger, warn: log, info: log },
  });
  t.after(async () => {
    list.close();
    await channels.close();
    await opened.close();
  });
  list.follow();
  return { list, store: opened, asked: () => asked, logged };
}

function counter(): () => void {
  return () => {};
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(2);
}

const whole = ({ list }: Process) => until(() => list.list(0, 0).whole);
const holds = ({ list }: Process, jti: string) => list.isRevoked(token(jti)) === false;
const struck = ({ list }: Process, jti: string) => list.isRevoked(token(jti)) === true;

describe('revocations in Redis', { skip: skipWithoutServer, concurrency: false, timeout: 300_000 }, () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  beforeEach(() => redisCommand(redis.port, 'FLUSHALL'));
  after(() => redis.stop());

  test('F96: revoked in one process, refused in another within a second, and Redis is asked for nobody', async (t) => {
    const [here, there] = await Promise.all([startProcess(t, redis.url), startProcess(t, redis.url)]);
    await Promise.all([whole(here), whole(there)]);
    const before = there.asked();
    for (let i = 0; i < 1000; i += 1) assert.equal(there.list.isRevoked(token(`fresh-${i}`)), false);
    await inTime(1000, async (n) => {
      const begun = performance.now();
      await here.list.revoke(`j${n}`);
      await until(() => struck(there, `j${n}`));
      return begun;
    });
    assert.equal(there.asked(), before, 'no look-up');
  });

  test('by subject issued before, by client, by consumer, by key: each everywhere', async (t) => {
    const [here, there] = await Promise.all([startProcess(t, redis.url), startProcess(t, redis.url)]);
    await whole(there);
    const now = Date.now();
    const at = { until: now + 60_000, before: undefined };
    const old = identityWith({ subject: 'ada', claims: { iat: now / 1000 - 60 } });
    const fresh = identityWith({ subject: 'ada', claims: { iat: now / 1000 + 60 } });
    const ofClient = identityWith({ subject: 'eve', claims: { client_id: 'app' } });
    const key = (keyId: string) =>
      identityWith({ subject: 'acme', consumer: 'acme', keyId, scheme: 'apiKey' });
    await here.list.add({ kind: 'subject', id: 'ada', ...at, before: now });
    await here.list.add({ kind: 'client', id: 'app', ...at });
    await here.list.add({ kind: 'key', id: 'acme/k1', ...at });
    await until(() => there.list.isRevoked(key('k1')) === true);
    assert.deepEqual(
      [old, fresh, ofClient, key('k2')].map((who) => there.list.isRevoked(who)),
      [true, false, true, false],
    );
    await here.list.add({ kind: 'consumer', id: 'acme', ...at });
    await until(() => there.list.isRevoked(key('k2')) === true);
  });

  test('who starts later reads what was revoked before', async (t) => {
    const here = await startProcess(t, redis.url);
    for (let i = 0; i < 1500; i += 1) await here.list.revoke(`j${i}`);
    const late = await startProcess(t, redis.url);
    // Until it has read all of them it asks, so that no first request slips through.
    assert.equal(await late.list.isRevoked(token('j1499')), true);
    await whole(late);
    assert.equal(late.list.list(0, 0).known, 1500);
    assert.ok(struck(late, 'j0') && holds(late, 'other'));
  });

  test('what is revoked while messages do not come is known when they do, and asked for meanwhile', async (t) => {
    const [here, there] = await Promise.all([startProcess(t, redis.url), startProcess(t, redis.url)]);
    await Promise.all([whole(here), whole(there)]);
    await redisCommand(redis.port, 'ACL SETUSER default -subscribe');
    t.after(() => redisCommand(redis.port, 'ACL SETUSER default +subscribe'));
    await redisCommand(redis.port, 'CLIENT KILL TYPE pubsub');
    await until(() => !there.list.list(0, 0).whole);
    // The old answer holds for half a second.
    await inTime(1000, async (n) => {
      assert.equal(await there.list.isRevoked(token(`j${n}`)), false);
      const begun = performance.now();
      await here.list.revoke(`j${n}`);
      while (!(await there.list.isRevoked(token(`j${n}`)))) await wait(5);
      return begun;
    });
    await here.list.revoke('k');
    await redisCommand(redis.port, 'ACL SETUSER default +subscribe');
    await whole(there);
    assert.ok(struck(there, 'k'));
  });

  test('F96: Redis stands still or is gone: allowed or refused with 503 as the policy says, and what was seen stays', async (t) => {
    const open = await startProcess(t, redis.url, { whenStoreIsGone: 'allow' });
    const shut = await startProcess(t, redis.url, { whenStoreIsGone: 'deny' });
    await Promise.all([whole(open), whole(shut)]);
    await open.list.revoke('j');
    await until(() => struck(shut, 'j'));
    const unknown = async ({ list }: Process): Promise<unknown> => {
      await until(() => !list.list(0, 0).whole);
      return Promise.resolve(list.isRevoked(token('new'))).catch((error) =>
        error instanceof FrontdeskError ? error.status : error,
      );
    };
    redis.pause();
    assert.equal(await unknown(shut), 503);
    assert.equal(await unknown(open), false);
    redis.resume();
    await Promise.all([whole(open), whole(shut)]);
    assert.ok(holds(shut, 'new'));
    await redis.kill();
    assert.equal(await unknown(shut), 503);
    assert.equal(await unknown(open), false);
    assert.ok(struck(shut, 'j') && struck(open, 'j'));
    assert.ok(open.logged.includes('revocations cannot be looked up'));
    await assert.rejects(open.list.revoke('alone'), { code: 'upstream_unavailable' });
    assert.ok(struck(open, 'alone'), 'here it holds');
    await redis.restart();
    await Promise.all([whole(open), whole(shut)]);
    assert.ok(holds(shut, 'new'));
    assert.ok(struck(shut, 'j'), 'Redis came back empty; what was seen stays');
  });

  test('more than a process keeps: the rest is asked for, once, and what comes later still strikes', async (t) => {
    const here = await startProcess(t, redis.url);
    const small = await startProcess(t, redis.url, { maxKept: 100 });
    await Promise.all([whole(here), whole(small)]);
    for (let i = 0; i < 300; i += 1) await here.list.revoke(`j${i}`);
    await until(() => small.list.list(0, 0).known === 100);
    for (let i = 0; i < 300; i += 1) assert.equal(await small.list.isRevoked(token(`j${i}`)), true);
    assert.equal(await small.list.isRevoked(token('good')), false);
    const asked = small.asked();
    for (let i = 0; i < 100; i += 1) assert.ok(holds(small, 'good'));
    assert.equal(small.asked(), asked);
    await here.list.revoke('good');
    await until(() => struck(small, 'good'));
    small.list.configure(revocationConfig.parse({ maxKept: 1000 }));
    await whole(small);
    assert.equal(small.list.list(0, 0).known, 301);
  });
});
