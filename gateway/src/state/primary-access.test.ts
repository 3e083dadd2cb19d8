import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { MemoryStore } from './memory.ts';
import { openPrimaryAccess } from './primary-access.ts';
import { pairOfWorkers } from './testing/worker-pair.ts';

test("a worker asks by its store's way, which stays open; a process of its own asks nobody", async () => {
  const { clock, stores } = pairOfWorkers(1);
  const [store] = stores;
  assert.ok(store);
  await store.set('a', '1', 1000);
  const access = openPrimaryAccess(store, clock);
  assert.equal(await access?.callPrimary('get', 'a'), '1');
  await access?.close();
  assert.equal(await store.get('a'), '1');
  const alone = new ManualClock();
  assert.equal(openPrimaryAccess(new MemoryStore({ clock: alone }), alone), undefined);
});
