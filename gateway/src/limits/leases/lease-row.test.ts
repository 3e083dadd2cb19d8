import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseRow } from './lease-row.ts';

const check = { spec: { name: 'p', capacity: 100, refillPerMs: 0.01 }, key: ['a'] };

test('a lease is spent until its end and no longer', () => {
  const row = new LeaseRow(check, 0);
  row.held = 5;
  row.validUntilMs = 100;
  assert.ok(row.has(5, 99));
  row.spend(5, 99);
  assert.ok(!row.has(1, 99));
  row.held = 5;
  assert.ok(!row.has(1, 100));
  assert.equal(row.held, 0);
});

test('a refusal stands a tenth of a second at most, and no longer than tokens are missing', () => {
  const row = new LeaseRow(check, 0);
  assert.ok(!row.lacks(1, 0), 'nobody has said anything yet');
  row.learn(0.5, 0, 1000, 1000);
  assert.ok(row.lacks(1, 1049));
  assert.ok(!row.lacks(1, 1050), 'half a token came back in 50 ms');
  assert.ok(row.lacks(50, 1099));
  assert.ok(!row.lacks(50, 1100));
});

test('a batch is for a tenth of a second at the rate of late; one token alone is none', () => {
  const row = new LeaseRow(check, 0);
  assert.equal(row.batch(1, 1000), 0);
  assert.equal(row.batch(2000, 2000), 100);
  assert.ok(row.runsLow(2000));
  row.learn(0, 0, 2000, 2000);
  assert.ok(!row.runsLow(2029), 'it was told that there is no more');
  assert.ok(row.runsLow(2030));
});
