import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isComposeOrder, isComposeReport, isComposeStart } from './compose-protocol.ts';

test('what is no message of ours is told apart', () => {
  assert.ok(isComposeOrder({ kind: 'untold', id: 1, reason: '' }));
  assert.ok(isComposeReport({ kind: 'failed', reason: '' }));
  assert.ok(isComposeStart({ subgraphs: [], pollMs: 1 }));
  for (const message of [null, undefined, 'read', {}, { kind: 1 }, { kind: 'other' }]) {
    assert.equal(isComposeOrder(message), false);
    assert.equal(isComposeReport(message), false);
    assert.equal(isComposeStart(message), false);
  }
});
