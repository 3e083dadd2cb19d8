import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlannerOrder, isPlannerReport } from './plan-protocol.ts';

test('what is no message of ours is told apart', () => {
  assert.ok(isPlannerOrder({ kind: 'load', supergraphSdl: '' }));
  assert.ok(isPlannerReport({ kind: 'unplannable', id: 1, reason: '' }));
  for (const message of [null, undefined, 'load', {}, { kind: 1 }, { kind: 'other' }]) {
    assert.equal(isPlannerOrder(message), false);
    assert.equal(isPlannerReport(message), false);
  }
});
