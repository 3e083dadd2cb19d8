import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { accessTokenOf, keepAccessToken } from './access-token.ts';
import { makeIdentity } from './testing/exchange.ts';

test('the token is had by those who ask for it, and is nowhere on the identity', () => {
  const identity = makeIdentity();
  assert.equal(accessTokenOf(identity), undefined);
  let token = 'first';
  keepAccessToken(identity, () => token);
  token = 'second, after a refresh';
  assert.equal(accessTokenOf(identity), token);
  assert.equal(inspect(identity, { depth: null, showHidden: true }).includes('second'), false);
  assert.equal(JSON.stringify({ ...identity }).includes('second'), false);
});
