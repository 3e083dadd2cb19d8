import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasDuplicateMember, isCompactToken, payloadText } from './compact-token.ts';

test('three parts of base64url, none of them empty', () => {
  assert.equal(isCompactToken('aZ0-_.b.c'), true);
  for (const text of [
    '',
    '.',
    '..',
    'a.b',
    'a.b.',
    '.b.c',
    'a..c',
    'a.b.c.d',
    'a.b.c=',
    'a.b.c ',
    'a.b+.c',
    'a.b.ü',
  ]) {
    assert.equal(isCompactToken(text), false, text);
  }
});

test('what JSON.stringify wrote has no member twice, however deep and strange', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      assert.equal(hasDuplicateMember(JSON.stringify(value)), false);
    }),
  );
});

test('a member that is there twice is found, escaped too; below the top it does not matter', () => {
  assert.equal(hasDuplicateMember('{"sub":"a","x":{"sub":1},"sub":"b"}'), true);
  assert.equal(hasDuplicateMember('{"sub":"a","s\\u0075b":"b"}'), true);
  assert.equal(hasDuplicateMember('{"a":"\\"","a":1}'), true);
  assert.equal(hasDuplicateMember('{"x":{"a":1,"a":2},"y":["a","a"],"z":"a"}'), false);
});

test('the payload is the middle part', () => {
  assert.equal(payloadText(`x.${Buffer.from('{"a":1}').toString('base64url')}.y`), '{"a":1}');
});
