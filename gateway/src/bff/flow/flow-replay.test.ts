import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toldBy } from './flow-replay.ts';

const outcome = { kind: 'answered', status: 200, value: 1, incomplete: [] };
const document = JSON.stringify({ v: 1, flow: 'f', fingerprint: 'x', phase: 'ended', steps: {}, outcome });

test('a run that is known says its outcome once it has ended', () => {
  assert.deepEqual(toldBy({ state: 'settled', document }, 'x'), outcome);
  assert.deepEqual(toldBy({ state: 'stuck', document }, 'x'), outcome);
  assert.equal(toldBy({ state: 'open', document }, 'x'), undefined);
  assert.throws(() => toldBy({ state: 'open', document }, 'y'), { code: 'idempotency_key_reused' });
  assert.throws(() => toldBy({ state: 'settled', document: '{}' }, 'x'), { code: 'flow_unsettled' });
});
