import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { MemoryStore } from '../../state/memory.ts';
import { RedisStore } from '../../state/redis.ts';
import { type Script, type ScriptStore, storeGone } from '../../state/store.ts';
import { redisCommand, skipWithoutServer, startStore } from '../../state/testing/redis-server.ts';
import { DpopReplays } from './dpop-replays.ts';

const HORIZON_MS = 120_000;

/** A store that processes share, until it is gone. */
class SharedStore extends MemoryStore implements ScriptStore {
  isGone = false;
  override async add(key: string, value: string, ttlMs: number): Promise<boolean> {
    if (this.isGone) throw storeGone('gone');
    return super.add(key, value, ttlMs);
  }
  async run(_script: Script): Promise<unknown> {
    return undefined;
  }
}

function replaysOn(
  store: MemoryStore,
  clock: ManualClock,
  policy: { whenStoreIsGone?: 'allow' | 'deny'; maxKept?: number } = {},
): DpopReplays {
  const replays = new DpopReplays({ store, clock, logger: noLogger });
  replays.configure({ whenStoreIsGone: 'allow', maxKept: 1_000, ...policy }, HORIZON_MS);
  return replays;
}

const used = async (replays: DpopReplays, digest: string): Promise<void> => replays.use(digest, HORIZON_MS);
const refused = { code: 'invalid_credentials' };

test('a proof is used once for as long as it could hold, and then forgotten', async () => {
  const clock = new ManualClock();
  const replays = replaysOn(new MemoryStore({ clock }), clock);
  await used(replays, 'a');
  await assert.rejects(used(replays, 'a'), refused);
  clock.advance(HORIZON_MS / 2);
  await used(replays, 'b');
  clock.advance(HORIZON_MS / 2 - 1);
  await assert.rejects(used(replays, 'a'), refused);
  clock.advance(1);
  await used(replays, 'c');
  await assert.rejects(used(replays, 'b'), refused);
  clock.advance(HORIZON_MS * 3);
  await used(replays, 'd');
  assert.equal(replays.size, 1);
});

test('of two processes that get one proof at once, one takes it', async () => {
  const clock = new ManualClock();
  const store = new SharedStore({ clock });
  const [one, other] = [replaysOn(store, clock), replaysOn(store, clock)];
  const outcomes = await Promise.allSettled([used(one, 'a'), used(other, 'a'), used(one, 'a')]);
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('without the store each process holds its own, or nothing is taken, as the policy says', async () => {
  const clock = new ManualClock();
  const store = new SharedStore({ clock });
  const [lenient, strict] = [replaysOn(store, clock), replaysOn(store, clock, { whenStoreIsGone: 'deny' })];
  store.isGone = true;
  await used(lenient, 'a');
  await assert.rejects(used(lenient, 'a'), refused);
  await assert.rejects(used(strict, 'b'), { code: 'upstream_unavailable' });
  store.isGone = false;
  await used(strict, 'c');
  await assert.rejects(used(lenient, 'c'), refused);
});

test('memory is bounded: what the store has too is forgotten first, and nothing that it has not', async () => {
  const clock = new ManualClock();
  const alone = replaysOn(new MemoryStore({ clock }), clock, { maxKept: 10 });
  for (let i = 0; i < 10; i += 1) await used(alone, `a${i}`);
  await assert.rejects(used(alone, 'b'), { code: 'overloaded' });
  await assert.rejects(used(alone, 'a0'), refused);
  clock.advance(HORIZON_MS * 2);
  await used(alone, 'b');
  const store = new SharedStore({ clock });
  const shared = replaysOn(store, clock, { maxKept: 10 });
  for (let i = 0; i < 100; i += 1) await used(shared, `a${i}`);
  assert.ok(shared.size <= 10);
  await assert.rejects(used(shared, 'a0'), refused);
});

test('what was seen while the store was gone is not forgotten for room, also when it is back', async () => {
  const clock = new ManualClock();
  const store = new SharedStore({ clock });
  const replays = replaysOn(store, clock, { maxKept: 10 });
  store.isGone = true;
  await used(replays, 'seen here alone');
  store.isGone = false;
  for (let i = 0; i < 9; i += 1) await used(replays, `a${i}`);
  for (let i = 0; i < 20; i += 1) await assert.rejects(used(replays, `b${i}`), { code: 'overloaded' });
  await assert.rejects(used(replays, 'seen here alone'), refused);
  clock.advance(HORIZON_MS);
  for (let i = 0; i < 20; i += 1) await used(replays, `c${i}`);
});

test('two processes over one Redis: of a hundred proofs that both get at once, each is taken once', {
  skip: skipWithoutServer,
}, async () => {
  const { redis, store, stop } = await startStore();
  const asked = {
    url: redis.url,
    commandLimitMs: 1_000,
    clock: systemClock,
    logger: noLogger,
    meter: noMeter,
  };
  const otherStore = new RedisStore(asked);
  try {
    await otherStore.settled();
    const replays = [store, otherStore].map((of) => {
      const one = new DpopReplays({ store: of, clock: systemClock, logger: noLogger });
      one.configure({ whenStoreIsGone: 'allow', maxKept: 1_000 }, HORIZON_MS);
      return one;
    });
    const digests = Array.from({ length: 100 }, (_, i) => `proof-${i}`);
    const outcomes = await Promise.allSettled(
      digests.flatMap((digest) => replays.map((one) => used(one, digest))),
    );
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 100);
    const ttl = Number((await redisCommand(redis.port, 'PTTL dpop:proof-0')).replace(':', ''));
    assert.ok(ttl > 0 && ttl <= HORIZON_MS, `${ttl}`);
    await redis.kill();
    const [one, other] = replays;
    assert.ok(one && other);
    await used(one, 'later');
    await assert.rejects(used(one, 'later'), refused);
    await used(other, 'later');
  } finally {
    await otherStore.close();
    await stop();
  }
});
