import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { skipWithoutRedis, startStore } from '../../state/testing/redis-server.ts';
import { consumerKeyConfig, knownKey } from './consumer-key.ts';
import { KeyUse } from './key-use.ts';

function keyOf(id: string, usedAt: number) {
  const config = consumerKeyConfig.parse({ id, sha256: 'a'.repeat(64) });
  return { ...knownKey(config, { id: 'acme', tenant: undefined, plan: undefined }), usedAt };
}

const names = [
  ['acme', 'k1'],
  ['acme', 'k2'],
] as const;

test('a process alone knows its own', async () => {
  const use = new KeyUse({ store: undefined, clock: new ManualClock(), logger: noLogger });
  const key = keyOf('k1', 5);
  use.note(key);
  assert.deepEqual(await use.lastUses(names), [5, undefined]);
  assert.equal(key.usedAt, 0, 'the next use is noted again');
});

test('what is told is the latest of all processes, and told once', { skip: skipWithoutRedis }, async (t) => {
  const { store, stop } = await startStore();
  t.after(stop);
  const clock = new ManualClock();
  const [here, there] = [0, 1].map(() => new KeyUse({ store, clock, logger: noLogger }));
  assert.ok(here && there);
  here.note(keyOf('k1', 9));
  there.note(keyOf('k1', 7));
  await here.close();
  await there.close();
  const third = new KeyUse({ store, clock, logger: noLogger });
  assert.deepEqual(await third.lastUses(names), [9, undefined]);
  assert.equal(clock.pending, 0);
});

test('a store that is gone costs nothing but the news', async (t) => {
  if (skipWithoutRedis) return t.skip(skipWithoutRedis);
  const { store, redis, stop } = await startStore();
  t.after(stop);
  await redis.kill();
  const use = new KeyUse({ store, clock: new ManualClock(), logger: noLogger });
  use.note(keyOf('k2', 3));
  await use.tell();
  assert.deepEqual(await use.lastUses(names), [undefined, 3]);
});

test('a use while others are being told is not lost with them', async () => {
  const told: unknown[][] = [];
  const key = keyOf('k1', 5);
  const store = {
    run: async (_script: unknown, _keys: readonly string[], args: readonly unknown[]) => {
      told.push([...args].slice(1));
      if (told.length > 1) return 1;
      key.usedAt = 9;
      use.note(key);
      // Whoever looks gathers what was used.
      await use.lastUses([]);
      return 1;
    },
  };
  const use = new KeyUse({ store, clock: new ManualClock(), logger: noLogger });
  use.note(key);
  await use.tell();
  await use.close();
  assert.deepEqual(told, [
    ['acme/k1', 5],
    ['acme/k1', 9],
  ]);
});
