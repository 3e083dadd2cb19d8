import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { checkLiterals, checkVariables } from './value-limits.ts';

const LIMITS = { valueDepth: 3, listItems: 4 };
const refused = { code: 'invalid_query' };

test('literals: as deep and as long as may be, and no more', () => {
  const check = (value: string) => checkLiterals(parse(`{ a(b: ${value}) }`), LIMITS);
  for (const good of ['1', '[1, 2, 3, 4]', '[[[1]]]', '{ a: [{ b: 1 }] }']) check(good);
  for (const bad of ['[1, 2, 3, 4, 5]', '[[[[1]]]]', '{ a: [{ b: [] }] }', '[[1, 2, 3, 4, 5]]']) {
    assert.throws(() => check(bad), refused, bad);
  }
});

test('default values and the arguments of directives count as well', () => {
  assert.throws(() => checkLiterals(parse('query($a: [[[[Int]]]] = [[[[1]]]]) { a }'), LIMITS), refused);
  assert.throws(() => checkLiterals(parse('{ a @b(c: [1, 2, 3, 4, 5]) }'), LIMITS), refused);
});

test('variables: the same limits, whatever their names', () => {
  checkVariables(JSON.parse('{"a":[1,2,3,4],"b":{"c":[{}]},"__proto__":[]}'), LIMITS);
  for (const bad of [
    '{"a":[1,2,3,4,5]}',
    '{"a":[[[[]]]]}',
    '{"__proto__":[1,2,3,4,5]}',
    '{"a":{"__proto__":{"b":{"c":{}}}}}',
  ]) {
    assert.throws(() => checkVariables(JSON.parse(bad), LIMITS), refused, bad);
  }
});
