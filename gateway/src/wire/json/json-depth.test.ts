import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isNestedDeeper } from './json-depth.ts';

const deeper = (text: string, max: number) => isNestedDeeper(Buffer.from(text), max);

test('brackets count, those in strings do not', () => {
  assert.equal(deeper('[[1]]', 2), false);
  assert.equal(deeper('[[1]]', 1), true);
  assert.equal(deeper('{"a":[{"b":[]}]}', 3), true);
  assert.equal(deeper('["[[[[", "\\"[[[[", "\\\\", []]', 2), false);
  assert.equal(deeper('["unclosed [[[[', 1), false);
  assert.equal(deeper('[],[],[]', 1), false);
  assert.equal(deeper('['.repeat(1_000_000), 64), true);
});

test('D65: the depth is that of the value', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(5), (value, max) => {
      assert.equal(deeper(JSON.stringify(value), max), depthOf(value) > max);
    }),
  );
});
