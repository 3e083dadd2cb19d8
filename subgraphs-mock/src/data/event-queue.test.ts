import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drained } from './drained.fixture.ts';
import { EventQueue } from './event-queue.ts';

test('events are read in their order, whether told before or behind their reading', async () => {
  const queue = new EventQueue<number>();
  queue.tell(1);
  queue.tell(2);
  assert.equal((await queue.next()).value, 1);
  assert.equal((await queue.next()).value, 2);
  const third = queue.next();
  queue.tell(3);
  assert.equal((await third).value, 3);
});

test('what was told before the end is read; its reader then waits no longer', async () => {
  let ends = 0;
  const queue = new EventQueue<number>(() => ends++);
  queue.tell(1);
  queue.end();
  queue.end();
  queue.tell(2);
  assert.deepEqual(await drained(queue), [1]);
  assert.equal(ends, 1);
});

test('a reader who leaves while waiting is let go, of the events as something else too', async () => {
  let ends = 0;
  const texts = new EventQueue<number>(() => ends++).map(String);
  const waiting = texts.next();
  await texts.return?.();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  assert.equal(ends, 1);
  const queue = new EventQueue<number>();
  const mapped = queue.map(String);
  queue.tell(1);
  queue.end();
  assert.deepEqual(await drained(mapped), ['1']);
});
