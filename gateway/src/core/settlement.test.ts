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

test('listeners hear it as it settles, in order, and who comes late at once', () => {
  const settlement = new Settlement();
  const heard: string[] = [];
  for (const name of ['a', 'b', 'c']) settlement.whenSettled(({ bytes }) => heard.push(`${name} ${bytes}`));
  settlement.settle({ kind: 'complete', bytes: 3 });
  settlement.settle({ kind: 'complete', bytes: 4 });
  settlement.whenSettled(({ bytes }) => heard.push(`late ${bytes}`));
  assert.deepEqual(heard, ['a 3', 'b 3', 'c 3', 'late 3']);
});
