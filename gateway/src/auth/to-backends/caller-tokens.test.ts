import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { CallerTokens } from './caller-tokens.ts';

test('a token is found by its identity, by one that it was joined into, and by nothing else', () => {
  const tokens = new CallerTokens();
  const [first, second, both] = [makeIdentity(), makeIdentity(), makeIdentity()];
  tokens.keep(second, 'canary');
  assert.equal(tokens.get(second), 'canary');
  assert.equal(tokens.get(first), undefined);
  assert.equal(tokens.join(first, second, both), both);
  assert.equal(tokens.get(both), 'canary');
  const shown =
    inspect([tokens, second, both], { depth: 9, showHidden: false }) + JSON.stringify([tokens, both]);
  assert.doesNotMatch(shown, /canary/);
});
