import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addedUp, adminRule, firstRefusal, sideBySide } from './admin-rules.ts';

test('what workers have of their own is shown by each, what they share by any, what changes each is done by all', () => {
  assert.equal(adminRule('GET', '/admin/upstreams'), 'each');
  assert.equal(adminRule('GET', '/admin/bffs/web'), 'each');
  assert.equal(adminRule('POST', '/admin/bffs/web/replace'), 'all');
  assert.equal(adminRule('GET', '/admin/consumers/one'), 'any');
  assert.equal(adminRule('POST', '/admin/cache/purge'), 'any');
  assert.equal(adminRule('GET', '/admin/upstreamsandmore'), 'any');
});

test('answers stand side by side, and the first refusal is found', () => {
  const answers = [
    { worker: 1, status: 200, value: [1] },
    { worker: 2, status: 503, value: undefined },
  ];
  assert.deepEqual(sideBySide(answers), { workers: { 1: [1], 2: null } });
  assert.equal(firstRefusal(answers)?.worker, 2);
  assert.equal(firstRefusal(answers.slice(0, 1)), undefined);
});

test('counts are added up, within objects too; the rest is as the first says', () => {
  assert.deepEqual(
    addedUp([
      { purged: 2, by: { tag: 1 }, name: 'a' },
      { purged: 3, by: { tag: 4 }, name: 'b' },
    ]),
    { purged: 5, by: { tag: 5 }, name: 'a' },
  );
  assert.equal(addedUp(['a', 'b']), 'a');
  assert.deepEqual(addedUp([[1], [2]]), [1]);
});
