import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch, hasPrimary, isAnswers, isCalls, isNews } from './primary-link.ts';

test('messages of others on the same channel are none of ours', () => {
  for (const message of [undefined, 'go', { calls: [] }, { frontdesk: 'other', calls: [] }]) {
    assert.ok(!isCalls(message) && !isAnswers(message) && !isNews(message));
  }
  assert.ok(isCalls({ frontdesk: 'state', calls: [] }));
  assert.ok(isAnswers({ frontdesk: 'state', answers: [] }));
  assert.ok(isNews({ frontdesk: 'state', channel: 'c', text: '' }));
});

test('what is said in one turn goes together', async () => {
  const sent: (readonly number[])[] = [];
  const batch = new Batch<number>((items) => void sent.push(items));
  batch.add(1);
  batch.add(2);
  await new Promise((resolve) => setImmediate(resolve));
  batch.add(3);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sent, [[1, 2], [3]]);
});

test('the primary is asked only where it said so', () => {
  assert.equal(hasPrimary({}), false);
  assert.equal(hasPrimary({ FRONTDESK_STATE: 'redis' }), false);
});
