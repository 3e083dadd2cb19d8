import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecisionCache } from './decision-cache.ts';
import { ALLOWED, type Verdict } from './policy.ts';

test('equal questions at one time are one, and what is decided holds for its time from when it was asked', async () => {
  const cache = new DecisionCache();
  let asked = 0;
  const ask = async (): Promise<Verdict> => {
    asked += 1;
    return ALLOWED;
  };
  await Promise.all([cache.once('a', 0, 1000, ask), cache.once('a', 5, 1000, ask)]);
  assert.equal(asked, 1);
  assert.equal(cache.once('a', 999, 1000, ask), ALLOWED);
  await cache.once('a', 1000, 1000, ask);
  await cache.once('b', 1000, 1000, ask);
  assert.equal(asked, 3);
});

test('without a time nothing is kept, and what failed never is', async () => {
  const cache = new DecisionCache();
  let asked = 0;
  const fail = async (): Promise<Verdict> => {
    asked += 1;
    throw new Error('down');
  };
  await assert.rejects(async () => cache.once('a', 0, 1000, fail));
  await assert.rejects(async () => cache.once('a', 0, 1000, fail));
  await cache.once('b', 0, 0, async () => ALLOWED);
  assert.equal(asked, 2);
  assert.equal(cache.size, 0);
});

test('it is bounded: the oldest goes first', async () => {
  const cache = new DecisionCache(3);
  for (let i = 0; i < 10; i += 1) await cache.once(`k${i}`, 0, 1000, async () => ALLOWED);
  assert.equal(cache.size, 3);
  assert.equal(
    cache.once('k9', 1, 1000, () => Promise.reject(new Error('asked again'))),
    ALLOWED,
  );
});
