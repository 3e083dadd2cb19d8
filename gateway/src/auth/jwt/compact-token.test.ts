import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasDuplicateMember, isCompactToken, partText, unverifiedIssuer } from './compact-token.ts';

test('three parts of base64url, none of them empty', () => {
  assert.equal(isCompactToken('aZ0-.Zm8.YQ'), true);
  for (const text of [
    '',
    '.',
    '..',
    'YQ.YQ',
    'YQ.YQ.',
    '.YQ.YQ',
    'YQ..YQ',
    'YQ.YQ.YQ.YQ',
    'YQ.YQ.YQ==',
    'YQ.YQ.YQ ',
    'YQ.YQ+A.YQ',
    'YQ.YQ.üA',
  ]) {
    assert.equal(isCompactToken(text), false, text);
  }
});

test('a token has one spelling: bits that stand for nothing are none', () => {
  for (const text of ['a', 'YR', 'Zm9', 'Zm9vY']) {
    assert.equal(isCompactToken(`YQ.YQ.${text}`), false, text);
    assert.equal(isCompactToken(`${text}.YQ.YQ`), false, text);
  }
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      const part = Buffer.from(bytes).toString('base64url');
      assert.equal(isCompactToken(`${part}.${part}.${part}`), true);
    }),
  );
});

test('what JSON.stringify wrote has no member twice, however deep and strange', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      assert.equal(hasDuplicateMember(JSON.stringify(value)), false);
    }),
  );
});

test('a member that is there twice is found, escaped too, at any depth', () => {
  assert.equal(hasDuplicateMember('{"sub":"a","x":{"sub":1},"sub":"b"}'), true);
  assert.equal(hasDuplicateMember('{"sub":"a","s\\u0075b":"b"}'), true);
  assert.equal(hasDuplicateMember('{"a":"\\"","a":1}'), true);
  assert.equal(hasDuplicateMember('{"x":[{},{"a":1,"a":2}]}'), true);
  assert.equal(hasDuplicateMember('{"x":{"x":1,"y":{"x":2}},"y":["a","a",{"x":1},{"x":1}],"z":"a"}'), false);
});

const part = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');

test('the parts as text, if they are text', () => {
  const token = `${part('{"alg":"x"}')}.${part('{"a":1}')}.${part('s')}`;
  assert.equal(partText(token, 0), '{"alg":"x"}');
  assert.equal(partText(token, 1), '{"a":1}');
  assert.equal(partText(`x.${part(new Uint8Array([0x22, 0xff, 0x22]))}.y`, 1), undefined);
});

test('the issuer that a token claims, if it claims one', () => {
  const claiming = (payload: string) => unverifiedIssuer(`${part('{}')}.${part(payload)}.${part('s')}`);
  assert.equal(claiming('{"iss":"https://a"}'), 'https://a');
  for (const payload of ['{}', '{"iss":7}', '{"iss":["https://a"]}', '[]', 'null', '7', '{']) {
    assert.equal(claiming(payload), undefined, payload);
  }
  assert.equal(unverifiedIssuer('opaque'), undefined);
});
