import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorizationConfig } from './authorization-config.ts';

test('by default what is not allowed is null, nothing is logged and no policy is known', () => {
  assert.deepEqual(authorizationConfig.parse(undefined), { unauthorized: 'null', log: false, policies: {} });
});

test('a policy says what all must hold; what is misspelt is refused', () => {
  const { policies } = authorizationConfig.parse({ policies: { staff: { roles: ['clerk'] } } });
  assert.deepEqual(policies.staff, { authenticated: true, scopes: [], roles: ['clerk'], claims: {} });
  for (const wrong of [
    { unauthorized: 'ignore' },
    { policies: { staff: { role: ['clerk'] } } },
    { policies: { staff: { claims: { tier: [] } } } },
    { policies: { staff: { claims: { tier: [{}] } } } },
  ]) {
    assert.equal(authorizationConfig.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});
