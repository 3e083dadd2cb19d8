import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Entry, lease } from './lease.ts';

test('one thing for all who ask for the same, closed once, when the last has given it back', async () => {
  const entries = new Map<string, Entry<object>>();
  const closed: object[] = [];
  const ask = (key: string) =>
    lease(
      entries,
      key,
      () => ({ key }),
      async (value) => void closed.push(value),
    );
  const first = ask('a');
  const second = ask('a');
  const other = ask('b');
  assert.equal(first.value, second.value);
  assert.notEqual(first.value, other.value);
  await first.release();
  await first.release();
  assert.deepEqual(closed, []);
  await second.release();
  assert.deepEqual(closed, [first.value]);
  assert.notEqual(ask('a').value, first.value);
});
