import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { MemoryStore } from './memory.ts';

test('a value is kept for its lifetime and not a millisecond longer', async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  await store.set('a', '1', 1000);
  clock.advance(999);
  assert.equal(await store.get('a'), '1');
  clock.advance(1);
  assert.equal(await store.get('a'), undefined);
  assert.equal(store.size, 0);
});

test('setting again renews value and lifetime, deleting ends both', async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  await store.set('a', '1', 1000);
  clock.advance(900);
  await store.set('a', '2', 1000);
  clock.advance(900);
  assert.equal(await store.get('a'), '2');
  await store.delete('a');
  assert.equal(await store.get('a'), undefined);
});

test('it never holds more than its bound: the dead go first, then what would die soonest', async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock, maxEntries: 3 });
  await store.set('long', '1', 60_000);
  await store.set('short', '1', 1000);
  await store.set('middle', '1', 30_000);
  await store.set('new', '1', 60_000);
  assert.equal(store.size, 3);
  assert.equal(await store.get('short'), undefined);
  clock.advance(40_000);
  await store.set('newer', '1', 60_000);
  assert.equal(await store.get('middle'), undefined);
  assert.equal(await store.get('long'), '1');
  assert.equal(await store.get('new'), '1');
});

test('a value is added for one caller alone, until it is over', async () => {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock });
  const added = await Promise.all([store.add('a', '1', 100), store.add('a', '2', 100)]);
  assert.deepEqual(added, [true, false]);
  assert.equal(await store.get('a'), '1');
  clock.advance(100);
  assert.equal(await store.add('a', '3', 100), true);
});

test('names of object members are keys like any other', async () => {
  const store = new MemoryStore({ clock: new ManualClock() });
  assert.equal(await store.get('__proto__'), undefined);
  assert.equal(await store.get('constructor'), undefined);
});

test('a closed store refuses', async () => {
  const store = new MemoryStore({ clock: new ManualClock() });
  await store.close();
  assert.equal(store.connected, false);
  await assert.rejects(store.get('a'), FrontdeskError);
});
