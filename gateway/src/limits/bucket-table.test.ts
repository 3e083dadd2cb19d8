import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketTable } from './bucket-table.ts';

const spec = { name: 'p', capacity: 10, refillPerMs: 0.001 };

test('a full table forgets full buckets first', () => {
  const table = new BucketTable(3);
  table.add('drawn', { tokens: 0, atMs: 0, spec }, 0);
  table.add('idle', { tokens: 10, atMs: 0, spec }, 0);
  table.add('half', { tokens: 5, atMs: 0, spec }, 0);
  table.add('new', { tokens: 10, atMs: 0, spec }, 0);
  assert.equal(table.get('idle'), undefined);
  assert.ok(table.get('drawn') && table.get('half') && table.get('new'));
});

test('where none is full, the fullest goes; the bound holds under a flood', () => {
  const table = new BucketTable(4);
  table.add('drawn', { tokens: 0, atMs: 0, spec }, 0);
  for (let i = 0; i < 1000; i += 1) table.add(`k${i}`, { tokens: 9, atMs: 0, spec }, 0);
  assert.equal(table.size, 4);
  assert.ok(table.get('drawn'), 'what would be forgiven most is kept');
});

test('a bucket that has refilled since counts as full', () => {
  const table = new BucketTable(1);
  table.add('old', { tokens: 0, atMs: 0, spec }, 0);
  table.add('new', { tokens: 9, atMs: 10_000, spec }, 10_000);
  assert.equal(table.get('old'), undefined);
});
