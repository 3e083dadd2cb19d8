import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleFor } from './operation.ts';

test('the most specific range holds', () => {
  const rules = ['*/*', 'text/*', 'text/plain'].map((range) => ({ range }));
  assert.equal(ruleFor(rules, 'text/plain')?.range, 'text/plain');
  assert.equal(ruleFor(rules, 'text/html')?.range, 'text/*');
  assert.equal(ruleFor(rules, 'application/json')?.range, '*/*');
  assert.equal(ruleFor(rules.slice(1), 'application/json'), undefined);
});
