import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { copyJson, ExactNumber, isJsonObject, member, parseJson, setMember } from './json-value.ts';

test('a text that is read and written again has the same values', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const parsed = parseJson(Buffer.from(text), 64);
      assert.deepEqual(
        JSON.parse(JSON.stringify(parsed?.value)),
        JSON.parse(JSON.stringify(JSON.parse(text))),
      );
    }),
  );
});

test('a number that JavaScript cannot hold stays text; it is no object', () => {
  for (const text of ['9007199254740993', '-0.12345678901234567', '1e999', '0.1000000000000000055']) {
    const value = parseJson(Buffer.from(text), 1)?.value;
    assert.ok(value instanceof ExactNumber);
    assert.equal(isJsonObject(value), false);
    assert.equal(JSON.stringify(copyJson([value])), `[${text}]`);
  }
  for (const text of [
    '1.50000000000000000',
    '1E2',
    '0.000000e5',
    '-0.00',
    '1e21',
    '123456789012345',
    '10000000000000000',
  ]) {
    assert.equal(parseJson(Buffer.from(text), 1)?.value, Number(text));
  }
  assert.equal(parseJson(Buffer.from('"1234567890123456789"'), 1)?.value, '1234567890123456789');
});

test('members are own properties whatever their names', () => {
  const object = {};
  setMember(object, '__proto__', { a: 1 });
  assert.equal(JSON.stringify(copyJson(object)), '{"__proto__":{"a":1}}');
  assert.equal(member(object, 'toString'), undefined);
  assert.equal(Object.getPrototypeOf(object), Object.prototype);
});
