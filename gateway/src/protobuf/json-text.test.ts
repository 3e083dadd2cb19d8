import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseJsonText } from './json-text.ts';

it('keeps integers that no number holds, and nothing else differs from JSON.parse', () => {
  assert.deepEqual(parseJsonText('{"a":[9007199254740993,-9223372036854775808]}'), {
    a: [9_007_199_254_740_993n, -9_223_372_036_854_775_808n],
  });
  for (const text of [
    '{"a":12345678901234567890.5}',
    '"1234567890123456789"',
    '[1,2.5e3,null]',
    '{"__proto__":1}',
  ]) {
    assert.deepEqual(parseJsonText(text), JSON.parse(text));
  }
  assert.throws(() => parseJsonText('{"a":'), SyntaxError);
});
