import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { RedisLog } from './redis-log.ts';
import { skipWithoutRedis, startStore } from './testing/redis-server.ts';

test('a log in Redis: numbered, one entry a key, bounded in number and age, never short in silence', {
  skip: skipWithoutRedis,
}, async (t) => {
  const { store, stop } = await startStore();
  t.after(stop);
  const name = randomUUID();
  const log = new RedisLog(name, { keepMs: 60_000, maxEntries: 3 }, async () => store);
  assert.deepEqual((await log.since(0)).entries, []);
  const first = await log.write('a', '1');
  assert.equal(first.heard, 0);
  await log.write('b', 'ü');
  await log.writeFirst('b', 'not this');
  await log.writeFirst('c', '3');
  const again = await log.write('a', '4');
  assert.ok(again.number > first.number);
  const all = await log.since(0);
  assert.deepEqual(
    all.entries.map(({ key, text }) => key + text),
    ['bü', 'c3', 'a4'],
  );
  assert.ok(all.complete && all.isLast && all.last === again.number);
  assert.ok(Math.abs(all.nowMs - Date.now()) < 60_000 && first.number <= all.nowMs);
  assert.deepEqual((await log.since(again.number)).entries, []);
  const last = await log.write('d', '5');
  const short = await log.since(first.number);
  assert.deepEqual([short.complete, short.entries.map(({ key }) => key)], [false, ['c', 'a', 'd']]);
  assert.equal((await log.since(last.number + 1)).complete, false);
  const brief = new RedisLog(name, { keepMs: 1, maxEntries: 3 }, async () => store);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await brief.write('e', '6');
  assert.deepEqual(
    (await log.since(0)).entries.map(({ key }) => key).filter((key) => key !== 'e'),
    [],
  );
});

test('longer than a page, in pages', { skip: skipWithoutRedis }, async (t) => {
  const { store, stop } = await startStore();
  t.after(stop);
  const log = new RedisLog(randomUUID(), { keepMs: 60_000, maxEntries: 1000 }, async () => store);
  await Promise.all(Array.from({ length: 300 }, (_, i) => log.write(`k${i}`, '')));
  const page = await log.since(0);
  assert.deepEqual([page.entries.length, page.isLast], [256, false]);
  const rest = await log.since(page.entries.at(-1)?.number ?? 0);
  assert.deepEqual([rest.entries.length, rest.isLast], [44, true]);
});
