import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LimitTable } from './limit-table.ts';

interface Row {
  full: number;
  weight: number;
}

const table = (maxRows: number, maxWeight: number) =>
  new LimitTable<Row>({ maxRows, maxWeight, fullness: (row) => row.full, weightOf: (row) => row.weight });

test('what all rows keep is bounded: of the oldest the fullest go until it fits', () => {
  const rows = table(100, 20);
  const drawn = { full: 0, weight: 1 };
  rows.add('drawn', drawn, 0);
  for (let i = 0; i < 5; i += 1) rows.add(`k${i}`, { full: 0.5, weight: 3 }, 0);
  assert.equal(rows.weight, 16);
  drawn.weight += 9;
  rows.weighed(9, 0);
  assert.ok(rows.weight <= 20, `${rows.weight}`);
  assert.ok(rows.get('drawn'), 'what would be forgiven most is kept');
});

test('what keeps less counts less, also when another takes its place', () => {
  const rows = table(100, 20);
  const row = { full: 0, weight: 10 };
  rows.add('k', row, 0);
  row.weight = 4;
  rows.weighed(-6, 0);
  assert.equal(rows.weight, 4);
  rows.replace('k', row, { full: 0, weight: 1 });
  assert.equal(rows.weight, 1);
});
