import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicies, routePolicies } from './policies.ts';
import { limitsConfig, routePoliciesConfig } from './policy-config.ts';

const { policies } = limitsConfig.parse({
  policies: {
    monthly: { by: ['tenant'], quota: { limit: 100, window: 'month' } },
    burst: { by: ['consumer', 'route'], limit: { capacity: 5, refill: '5/s' }, cost: 'graphql' },
    atOnce: { by: ['key'], concurrency: { max: 3 } },
  },
});

test('each kind, compiled; a quota is a fixed window of the calendar', () => {
  const byName = compilePolicies(policies);
  const monthly = byName.get('monthly');
  assert.equal(
    monthly?.kind === 'count' && monthly.spec.algorithm === 'fixed-window' && monthly.spec.period,
    'month',
  );
  const burst = byName.get('burst');
  assert.deepEqual(burst?.kind === 'count' && [burst.spec.capacity, burst.cost], [5, 'graphql']);
  assert.deepEqual(byName.get('atOnce'), {
    kind: 'concurrency',
    name: 'atOnce',
    by: ['key'],
    scope: 'policy.atOnce',
    max: 3,
  });
});

test("a route's are once each, and its own are unlike those of another route", () => {
  const byName = compilePolicies(policies);
  const own = { name: 'own', by: ['consumer'], concurrency: { max: 1 } };
  const written = routePoliciesConfig.parse(['burst', own, 'burst']);
  const found = routePolicies(written, byName, '/x');
  assert.deepEqual(
    found.map(({ scope }) => scope),
    ['policy.burst', 'route./x.own'],
  );
});
