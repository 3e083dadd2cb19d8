import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePathPattern } from './path-pattern.ts';
import {
  canBothHold,
  compileConditions,
  conditionsKey,
  conditionsText,
  implies,
} from './route-conditions.ts';
import type { RouteMatch } from './route-match.ts';
import { compileRouting, NO_ROUTING } from './routing.ts';
import { routingConfig } from './routing-config.ts';

const routing = compileRouting(routingConfig.parse({ versions: { header: 'v' }, tenant: { param: 't' } }));
const conditions = (match: Omit<RouteMatch, 'path'>) =>
  compileConditions({ path: '/:t', ...match }, routing, parsePathPattern('/:t'));

test('they are shown in words', () => {
  const all = conditions({ headers: { 'X-A': '1' }, query: { q: { present: true } }, version: ['1', '2'] });
  assert.equal(conditionsText(all), 'header x-a is "1", query parameter q is there, version is "1" or "2"');
  assert.equal(conditionsText([]), '');
});

test('what the configuration does not know is refused', () => {
  assert.throws(() => compileConditions({ path: '/', version: ['1'] }, NO_ROUTING, undefined), RangeError);
  assert.throws(() => compileConditions({ path: '/', tenant: ['a'] }, routing, undefined), RangeError);
});

test('two sets are one where their order and their writing alone differ', () => {
  const key = (match: Omit<RouteMatch, 'path'>): string => conditionsKey(conditions(match));
  assert.equal(key({ headers: { a: '1', b: '2' } }), key({ headers: { B: '2', A: { pattern: '1' } } }));
  assert.equal(key({ version: ['1', '2'] }), key({ version: ['2', '1'] }));
  assert.notEqual(key({ headers: { a: '1' } }), key({ query: { a: '1' } }));
});

test('disjoint, and the more particular of two', () => {
  const one = conditions({ headers: { a: '1' } });
  const two = conditions({ headers: { a: '1', b: '1' } });
  assert.ok(!canBothHold(two, conditions({ headers: { a: '2' } })));
  assert.ok(canBothHold(one, conditions({ headers: { b: '2' } })));
  assert.ok(implies(two, one) && !implies(one, two) && implies(one, []));
  assert.ok(implies(one, conditions({ headers: { a: { pattern: '\\d' } } })));
});
