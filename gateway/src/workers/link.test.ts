import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEAT } from '../processes/link.ts';
import { fromWorker, isFromWorker, isToWorker, takeWorkerMark, toWorker, WORKER_VARIABLE } from './link.ts';

test("each knows the other's words, and lets be what is said of other things", () => {
  assert.equal(isToWorker(toWorker({ kind: 'connection', id: 1 })), true);
  assert.equal(isFromWorker(fromWorker({ kind: 'leave' })), true);
  for (const other of [BEAT, null, 'x', { kind: 'leave' }]) assert.equal(isFromWorker(other), false);
});

test('the mark of a worker is taken away, and is none without a channel', () => {
  const environment = { [WORKER_VARIABLE]: '1' };
  assert.equal(takeWorkerMark(environment), process.send !== undefined);
  assert.deepEqual(environment, {});
  assert.equal(takeWorkerMark(environment), false);
});
