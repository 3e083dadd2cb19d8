import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeIdentity } from '../core/testing/exchange.ts';
import {
  allOf,
  type Grants,
  grantsText,
  hasRole,
  hasScope,
  join,
  lacking,
  rolesConfig,
  scopesConfig,
  sufficientScopes,
} from './grants.ts';

test('a list and `all` want each, `any` wants one, nothing is asked by default', () => {
  assert.deepEqual(scopesConfig.parse(undefined), { require: 'all', names: [] });
  assert.deepEqual(scopesConfig.parse(['a', 'b', 'a']), { require: 'all', names: ['a', 'b'] });
  assert.deepEqual(scopesConfig.parse({ all: ['a'] }), { require: 'all', names: ['a'] });
  assert.deepEqual(rolesConfig.parse({ any: ['a team', 'b'] }), { require: 'any', names: ['a team', 'b'] });
  for (const wrong of ['a', { any: [] }, { all: [] }, { any: ['a'], all: ['b'] }, ['a b'], ['a"b'], [1]]) {
    assert.equal(scopesConfig.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const names = fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 4 });
const grants = fc.record<Grants>({ require: fc.constantFrom('all', 'any'), names });
const required = fc.array(grants, { maxLength: 4 });

/** Straight from the definition. */
function holds(list: readonly Grants[], held: readonly string[]): boolean {
  return list.every(({ require, names }) => {
    if (names.length === 0) return true;
    return require === 'all' ? names.every((n) => held.includes(n)) : names.some((n) => held.includes(n));
  });
}

test('who passes is who the plain definition lets pass', () => {
  fc.assert(
    fc.property(required, names, (list, held) => {
      const identity = makeIdentity({ scopes: new Set(held), roles: held });
      assert.equal(lacking(list, hasScope(identity)) === undefined, holds(list, held));
      assert.equal(lacking(list, hasRole(identity)) === undefined, holds(list, held));
    }),
  );
});

test('joined requirements ask for exactly what both do', () => {
  fc.assert(
    fc.property(required, required, names, (first, second, held) => {
      assert.equal(holds(join(first, second), held), holds(first, held) && holds(second, held));
    }),
  );
});

test('the scopes that a challenge names would do', () => {
  fc.assert(
    fc.property(required, (list) => {
      const offered = sufficientScopes(list)
        .split(' ')
        .filter((name) => name !== '');
      assert.equal(holds(list, offered), true);
    }),
  );
});

test('requirements in words', () => {
  assert.equal(grantsText([...allOf(['a', 'b']), { require: 'any', names: ['c', 'd'] }]), 'a b (c or d)');
  assert.equal(grantsText([{ require: 'any', names: ['c'] }]), 'c');
  assert.equal(grantsText([]), '');
});
