import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimal, quote, timestamp } from './json-text.ts';

test('it is JSON that reads back, on one line, without control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const json = quote(text);
      assert.equal(JSON.parse(json), text);
      assert.equal(json.search(/[\p{Cc}\u2028\u2029]/u), -1);
    }),
  );
  assert.equal(quote('\u001b[31m\r\n\u009b'), '"\\u001b[31m\\r\\n\\u009b"');
});

test('long text is cut, numbers keep three decimals', () => {
  assert.equal(quote('abcdef', 3), '"abc…"');
  assert.equal(decimal(1.23456), '1.235');
  assert.equal(decimal(undefined), 'null');
  assert.equal(decimal(Number.NaN), 'null');
});

test('numbers read back as what they were, to the thousandth', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (value) => {
      assert.ok(Math.abs(Number(decimal(value)) - value) <= 0.000_51);
      assert.match(decimal(value), /^\d+(\.\d{0,2}[1-9])?$/);
    }),
  );
});

test('time is RFC 3339, whether asked again or not', () => {
  for (const ms of [1, 1, 2, 1_767_225_600_000]) assert.equal(timestamp(ms), new Date(ms).toISOString());
});
