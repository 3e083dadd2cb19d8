import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EACH, formatJsonPath, indexOf, jsonPath, parseJsonPath } from './json-path.ts';

test('names, digits and marks, with what is escaped', () => {
  assert.deepEqual(parseJsonPath('items.*.a\\.b.\\*.0'), ['items', EACH, 'a.b', '*', '0']);
  assert.equal(formatJsonPath(parseJsonPath('items.*.a\\.b.\\*.0')), 'items.*.a\\.b.\\*.0');
});

test('digits are a place, unless they are written as no number is', () => {
  assert.deepEqual(
    (['0', '12', '01', 'a', EACH] as const).map((step) => indexOf(step)),
    [0, 12, undefined, undefined, undefined],
  );
});

test('what is no path says why', () => {
  for (const bad of ['', 'a.', '.a', 'a..b', 'a\\b', Array(40).fill('a').join('.')]) {
    assert.equal(jsonPath.safeParse(bad).success, false, bad);
  }
});
