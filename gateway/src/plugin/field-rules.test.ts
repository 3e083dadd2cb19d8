import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replyRules, requestRules } from './field-rules.ts';

test('who may see credentials may not set them', () => {
  const names = { identity: ['x-who'], credentials: ['x-key'] };
  const sees = requestRules(names, true);
  assert.deepEqual(['cookie', 'x-key'].map(sees.isHidden), [false, false]);
  assert.deepEqual(['cookie', 'x-key', 'x_who', 'te', 'via', 'x-free'].map(sees.isProtected), [
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
  assert.deepEqual(['cookie', 'x-key', 'x-who'].map(requestRules(names, false).isHidden), [
    true,
    true,
    false,
  ]);
  assert.equal(replyRules(false).isHidden('set-cookie'), true);
  assert.equal(replyRules(true).isProtected('set-cookie'), false);
  assert.equal(replyRules(true).isProtected('transfer-encoding'), true);
  for (const twin of ['transfer_encoding', 'content_length', 'proxy', 'connection', 'x_request.id', 'x_who'])
    assert.equal(sees.isProtected(twin), true, twin);
});
