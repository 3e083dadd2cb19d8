import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KeptRequests } from './kept-requests.ts';
import { callTo, traceOf } from './testing.fixture.ts';

it('keeps what failed and what was slow, however many good ones come after', () => {
  const kept = new KeptRequests('2');
  for (let i = 0; i < 20; i += 1) kept.add(traceOf(`warm${i}`, { at: i }));
  kept.add(traceOf('slow', { at: 100, totalMs: 400 }));
  kept.add(traceOf('failed', { at: 101, status: 503, code: 'overloaded' }));
  for (let i = 0; i < 5_000; i += 1) kept.add(traceOf(`r${i}`, { at: 200 + i }));
  const list = kept.list();
  assert.deepEqual(
    list.slice(0, 2).map(({ id }) => id),
    ['slow', 'failed'],
  );
  assert.equal(list.length, 202);
  assert.equal(kept.find('slow')?.totalMs, 400);
  assert.equal(kept.find('warm3'), undefined);
  assert.equal(list[0]?.process, '2');
});

it('keeps fewer of requests that made hundreds of calls, and never less than the last', () => {
  const kept = new KeptRequests('gateway');
  const calls = Array.from({ length: 999 }, () => callTo('users'));
  for (let i = 0; i < 100; i += 1) kept.add(traceOf(`r${i}`, { at: i, calls }));
  assert.equal(kept.list().length, 40);
  const many = Array.from({ length: 50_000 }, () => callTo('users'));
  kept.add(traceOf('huge', { at: 200, calls: many }));
  assert.deepEqual(
    kept.list().map(({ id }) => id),
    ['huge'],
  );
});

it('says in a line which upstream it spent the most time on', () => {
  const kept = new KeptRequests('gateway');
  const calls = [callTo('users'), callTo('orders', { startMs: 2, endMs: undefined })];
  assert.deepEqual(kept.add(traceOf('r', { totalMs: 90, calls })).slowest, { upstream: 'orders', ms: 88 });
  assert.equal(kept.add(traceOf('none')).slowest, undefined);
  assert.equal(kept.list().length, 2);
});
