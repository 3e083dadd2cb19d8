import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepMaker } from './flow-step.ts';

const step = stepMaker();

test('a step has limits and says whether it may be repeated', () => {
  const plain = step(() => 1);
  assert.deepEqual(
    [plain.optional, plain.repeatable, plain.retries, plain.timeoutMs, plain.undoTimeoutMs, plain.undo],
    [false, false, 0, undefined, 5000, undefined],
  );
  const more = step(() => 1, {
    undo: () => 1,
    timeout: '300ms',
    undoTimeout: '2s',
    retry: 2,
    repeatable: true,
  });
  assert.deepEqual(
    [more.retries, more.timeoutMs, more.undoTimeoutMs, typeof more.undo],
    [2, 300, 2000, 'function'],
  );
});
