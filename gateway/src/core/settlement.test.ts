import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Settlement } from './settlement.ts';

test('only the first word counts', async () => {
  const settlement = new Settlement();
  assert.equal(settlement.done, false);
  settlement.settle({ kind: 'complete', bytes: 3 });
  settlement.settle({ kind: 'failed', bytes: 0 });
  assert.equal(settlement.done, true);
  assert.deepEqual(await settlement.settled, { kind: 'complete', bytes: 3 });
});
