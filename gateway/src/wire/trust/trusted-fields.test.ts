import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareName, COMMONLY_TRUSTED, rememberNames } from './trusted-fields.ts';

test('spellings that a backend may not tell apart are one name', () => {
  for (const spelling of ['x-user-id', 'X-User-Id', 'x_user_id', 'x.user.id', 'xuserid', 'x-user_id']) {
    assert.equal(bareName(spelling), 'xuserid');
  }
  for (const name of ['x-user-id', 'x-user-role', 'x-roles', 'x-forwarded-client-cert', 'x-consumer-id']) {
    assert.ok(COMMONLY_TRUSTED.includes(name), name);
  }
});

test('a name is judged once, and names that clients invent cannot fill the memory', () => {
  let judged = 0;
  const isShort = rememberNames((name) => {
    judged += 1;
    return name.length < 5;
  });
  assert.deepEqual(
    [isShort('a'), isShort('a'), isShort('abcdef'), isShort('abcdef')],
    [true, true, false, false],
  );
  assert.equal(judged, 2);
  for (let i = 0; i < 5_000; i += 1) isShort(`name-${i}`);
  const before = judged;
  isShort('a');
  assert.equal(judged, before);
  isShort('name-4999');
  assert.equal(judged, before + 1);
});
