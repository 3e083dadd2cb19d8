import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Priority } from '../../core/priority.ts';
import { Waiter, WaitingRoom } from './waiting-room.ts';

const AGING_MS = 100;

function waiter(priority: Priority, since: number): Waiter {
  return new Waiter(
    priority,
    since,
    () => {},
    () => {},
  );
}

const priorities = fc.constantFrom<Priority[]>(0, 1, 2);
const arrivals = fc
  .array(fc.record({ priority: priorities, afterMs: fc.integer({ min: 0, max: 80 }) }), { maxLength: 60 })
  .map((list) => {
    let now = 0;
    return list.map(({ priority, afterMs }) => {
      now += afterMs;
      return waiter(priority, now);
    });
  });

function drain(room: WaitingRoom): Waiter[] {
  const order: Waiter[] = [];
  for (let next = room.next; next; next = room.next) {
    room.remove(next);
    order.push(next);
  }
  return order;
}

test('property: higher classes first, first come first served within one, nobody passed for longer than its age allows', () => {
  fc.assert(
    fc.property(arrivals, (waiters) => {
      const room = new WaitingRoom(AGING_MS);
      for (const one of waiters) room.add(one);
      assert.equal(room.size, waiters.length);
      const order = drain(room);
      assert.equal(order.length, waiters.length);
      for (const [i, earlier] of order.entries()) {
        for (const later of order.slice(i + 1)) {
          if (earlier.priority === later.priority) assert.ok(earlier.since <= later.since);
          const headStartMs = (later.priority - earlier.priority) * AGING_MS;
          assert.ok(
            earlier.since <= later.since + headStartMs,
            'it was passed by one that came too late for that',
          );
        }
      }
    }),
  );
});

test('property: whoever yields would have gone last, and a newcomer yields to all who are not below it', () => {
  fc.assert(
    fc.property(arrivals, priorities, (waiters, priority) => {
      const room = new WaitingRoom(AGING_MS);
      for (const one of waiters) room.add(one);
      const now = waiters.at(-1)?.since ?? 0;
      const yielding = room.yielding(priority, now);
      const newcomer = waiter(priority, now);
      room.add(newcomer);
      const last = drain(room).at(-1);
      // Of two with the same rank, whoever is there already stays.
      const rank = (one: Waiter): number => one.since + one.priority * AGING_MS;
      if (yielding) {
        assert.equal(rank(yielding), rank(last ?? newcomer));
        assert.ok(yielding.priority > priority);
      } else assert.equal(rank(last ?? newcomer), rank(newcomer));
    }),
  );
});

test('who leaves from the middle is gone once, and the others keep their places', () => {
  const room = new WaitingRoom(AGING_MS);
  const all = [0, 1, 2, 3].map((since) => waiter(1, since));
  for (const one of all) room.add(one);
  const [, second] = all;
  assert.ok(second);
  room.remove(second);
  room.remove(second);
  assert.equal(room.size, 3);
  assert.deepEqual(
    drain(room).map(({ since }) => since),
    [0, 2, 3],
  );
});
