import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { isImplied, isSatisfied, type Requirement } from './authorization-requirements.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const scopes = fc
  .array(fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 3 }), { maxLength: 3 })
  .map((alternatives): Requirement => ({ kind: 'scopes', alternatives }));

/** Every set of the names, as somebody who has just these. */
const everybody = Array.from({ length: 2 ** NAMES.length }, (_, bits) =>
  makeIdentity({ scopes: new Set(NAMES.filter((_, at) => (bits >> at) & 1)) }),
);

test('one requirement is implied by others exactly when nobody satisfies them and not it', () => {
  fc.assert(
    fc.property(scopes, fc.array(scopes, { maxLength: 3 }), (wanted, given) => {
      const expected = everybody.every(
        (one) => isSatisfied(wanted, one, {}) || !given.every((other) => isSatisfied(other, one, {})),
      );
      assert.equal(isImplied(wanted, given), expected);
    }),
  );
});

test('kinds do not imply one another', () => {
  const authenticated: Requirement = { kind: 'authenticated', alternatives: [] };
  const scoped: Requirement = { kind: 'scopes', alternatives: [['a']] };
  const ruled: Requirement = { kind: 'policies', alternatives: [['a']] };
  assert.equal(isImplied(authenticated, [scoped, ruled]), false);
  assert.equal(isImplied(authenticated, [scoped, authenticated]), true);
  assert.equal(isImplied(ruled, [scoped]), false);
  assert.equal(isImplied(scoped, [ruled, scoped]), true);
});

test('an implication that would take too long to prove is not taken for granted', () => {
  const wide: Requirement = { kind: 'scopes', alternatives: NAMES.map((name) => [name]) };
  assert.equal(isImplied(wide, Array(8).fill(wide)), false);
});

test('somebody unknown meets a policy only if it asks for nobody and nothing', () => {
  const ruled: Requirement = { kind: 'policies', alternatives: [['p']] };
  const policy = { authenticated: true, scopes: [], roles: [], claims: {} };
  assert.equal(isSatisfied(ruled, undefined, { p: policy }), false);
  assert.equal(isSatisfied(ruled, makeIdentity(), { p: policy }), true);
  assert.equal(isSatisfied(ruled, undefined, { p: { ...policy, authenticated: false } }), true);
  assert.equal(
    isSatisfied(ruled, undefined, { p: { ...policy, authenticated: false, roles: ['r'] } }),
    false,
  );
  assert.equal(isSatisfied({ kind: 'policies', alternatives: [['constructor']] }, makeIdentity(), {}), false);
});
