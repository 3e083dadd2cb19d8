import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairEntries } from './fair-entries.ts';

const key = (owner: string, n: number): string => JSON.stringify([owner, n]);

test('who keeps much pushes out its own alone', () => {
  const room = new FairEntries<{ bytes: number }>({ maxEntries: 10, maxBytes: 1_000 });
  for (let n = 0; n < 3; n += 1) room.set(key('small', n), { bytes: 10 });
  for (let n = 0; n < 100; n += 1) room.set(key('greedy', n), { bytes: 10 });
  assert.deepEqual([room.size, room.bytes], [10, 100]);
  for (let n = 0; n < 3; n += 1) assert.ok(room.get(key('small', n)), `small ${n}`);
  const heavy = new FairEntries<{ bytes: number }>({ maxEntries: 1_000, maxBytes: 1_000 });
  heavy.set(key('small', 0), { bytes: 10 });
  for (let n = 0; n < 100; n += 1) heavy.set(key('greedy', n), { bytes: 60 });
  assert.ok(heavy.get(key('small', 0)));
  assert.ok(heavy.bytes <= 1_000 && heavy.bytes > 900);
});

test('of one owner the least recently used goes first, and what is too large is not kept', () => {
  const room = new FairEntries<{ bytes: number }>({ maxEntries: 2, maxBytes: 160 });
  const [a, b, c] = [key('one', 0), key('one', 1), key('one', 2)];
  const entry = { bytes: 1 };
  room.set(a, entry);
  room.set(b, { bytes: 1 });
  room.touch(a, entry);
  room.set(c, { bytes: 1 });
  assert.deepEqual(
    [a, b, c].map((one) => room.get(one) !== undefined),
    [true, false, true],
  );
  room.set(c, { bytes: 11 });
  assert.deepEqual([room.get(c), room.size, room.bytes], [undefined, 1, 1]);
  assert.deepEqual([room.purge('["one"'), room.size, room.bytes], [1, 0, 0]);
});
