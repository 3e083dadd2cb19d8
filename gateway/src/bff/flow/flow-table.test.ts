/** The rules themselves are held by the contract of all journals; here is what a table adds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { FlowTable } from './flow-table.ts';

test('a table tells of each change, and forgets what is over or too much', () => {
  const clock = new ManualClock();
  const told: string[] = [];
  const table = new FlowTable({
    clock,
    maxSettled: 2,
    changed: (id, row) => told.push(`${id} ${row?.state ?? 'gone'}`),
  });
  for (const id of ['a', 'b', 'c']) {
    table.open(id, 't', 'd', 1000);
    table.settle(id, 't', 'e', 1000);
  }
  table.open('d', 't', 'd', 1000);
  assert.deepEqual(told, [
    'a open',
    'a settled',
    'b open',
    'b settled',
    'c open',
    'c settled',
    'a gone',
    'd open',
  ]);
  clock.advance(1000);
  table.open('e', 't', 'd', 1000);
  assert.equal(table.size, 2);
});

test('documents that are kept are bounded together', () => {
  const clock = new ManualClock();
  const table = new FlowTable({ clock, maxSettledChars: 1000 });
  for (let i = 0; i < 20; i += 1) {
    table.open(`${i}`, 't', 'd', 1000);
    table.settle(`${i}`, 't', 'e'.repeat(100 + i), 60_000);
    assert.ok(table.chars <= 1120);
  }
  assert.equal(table.read('0'), undefined);
  assert.equal(table.read('19')?.state, 'settled');
  table.open('large', 't', 'd', 1000);
  table.settle('large', 't', 'e'.repeat(1001), 60_000);
  table.open('next', 't', 'dd', 1000);
  assert.equal(table.chars, 2);
});

test('leases that ended with their process are over at once', () => {
  const table = new FlowTable({ clock: new ManualClock() });
  table.open('a', 't', 'd', 60_000);
  assert.deepEqual(table.take('u', 1, 10), []);
  table.endLeases();
  assert.deepEqual(table.take('u', 1, 10), [{ id: 'a', document: 'd' }]);
});
