import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTime } from './in-time.ts';

test('once in time is enough, and never is too late', async () => {
  const tries: number[] = [];
  const since = (agoMs: (n: number) => number) => async (n: number) => {
    tries.push(n);
    return performance.now() - agoMs(n);
  };
  await inTime(
    60_000,
    since((n) => (n < 2 ? 70_000 : 0)),
  );
  assert.deepEqual(tries.splice(0), [0, 1, 2]);
  await assert.rejects(
    inTime(
      60_000,
      since(() => 70_000),
    ),
    /not within 60000 ms, but 7\d+(, 7\d+){3} ms/,
  );
  assert.deepEqual(tries, [0, 1, 2, 3]);
});
