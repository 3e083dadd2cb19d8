import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conditionKey, conditionsOf } from './conditions.ts';

test('a key tells the answers, whatever the names of the variables', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', '__proto__', 'constructor'));
  fc.assert(
    fc.property(names, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (conditions, answers) => {
      const key = answers
        .slice(0, conditions.length)
        .map((answer) => (answer ? '1' : '0'))
        .join('');
      // What follows the conditions in a key is not theirs.
      const variables = conditionsOf(conditions, `${key}|more`);
      assert.equal(conditionKey(conditions, variables), key);
      assert.deepEqual(Object.keys(variables).sort(), [...conditions].sort());
    }),
  );
});

test('only true is true', () => {
  assert.equal(conditionKey(['a', 'b', 'c'], { a: true, b: 'true' }), '100');
});
