import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasTwins, readJson } from './json-body.ts';

const wrongOf = (text: string): string | undefined => {
  const reading = readJson(Buffer.from(text));
  return 'wrong' in reading ? reading.wrong : undefined;
};

test('D65 D67: one value, or none', () => {
  assert.deepEqual(readJson(Buffer.from('{"a":[1,null]}')), { value: { a: [1, null] } });
  assert.match(wrongOf(`${'['.repeat(65)}${']'.repeat(65)}`) ?? '', /deeper/);
  assert.match(wrongOf('\ufeff{}') ?? '', /byte-order mark/);
  assert.match(wrongOf('{}x') ?? '', /not JSON/);
});

test('members that come twice, however they are written', () => {
  for (const text of [
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '[{"b":{"c":{},"c":1}}]',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":1}',
  ]) {
    assert.equal(wrongOf(text), 'has a member twice', text);
  }
  for (const text of [
    '{"a":"a","b":["a","a"]}',
    '[{"a":1},{"a":1}]',
    '{"a":{"a":1}}',
    '{"a\\\\":1,"a":2}',
    '["a\\"","{\\"a\\":1,\\"a\\":2}"]',
  ]) {
    assert.equal(wrongOf(text), undefined, text);
  }
});

test('property: what JSON.stringify writes has no twins', () => {
  fc.assert(fc.property(fc.json({ maxDepth: 4 }), (text) => !hasTwins(text)));
});
