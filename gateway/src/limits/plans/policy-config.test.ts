import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsConfig, policyConfig, routePoliciesConfig } from './policy-config.ts';

const limit = { capacity: 5, refill: '5/s' };

test('limits are leased, and there are no policies, where nothing is said', () => {
  assert.deepEqual(limitsConfig.parse(undefined), { mode: 'leased', policies: {}, everywhere: [] });
});

test('a policy is one of three kinds, by dimensions', () => {
  assert.equal(policyConfig.parse({ by: ['tenant'], limit }).cost, 'request');
  assert.deepEqual(policyConfig.parse({ by: 'global', quota: { limit: 5, window: 'month' } }).by, []);
  assert.deepEqual(policyConfig.parse({ by: ['key'], concurrency: { max: 3 } }).concurrency, { max: 3 });
  for (const wrong of [
    { by: ['tenant'] },
    { limit },
    { by: ['tenant'], limit, concurrency: { max: 1 } },
    { by: ['tenant'], quota: { limit: 5, window: 'year' } },
    { by: ['tenant'], concurrency: { max: 0 } },
    { by: ['operation'], concurrency: { max: 1 } },
    { by: ['operation'], limit, cost: 'graphql' },
    { by: ['tenant'], concurrency: { max: 1 }, cost: 'graphql' },
  ]) {
    assert.equal(policyConfig.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});

test('a route names policies or has its own, with their names', () => {
  const own = { name: 'burst', by: ['consumer'], limit };
  assert.equal(routePoliciesConfig.parse(['monthly', own]).length, 2);
  const faulty = routePoliciesConfig.safeParse([{ by: ['consumer'], limit }]);
  assert.match(faulty.error?.issues[0]?.message ?? '', /^name: /);
  assert.match(routePoliciesConfig.safeParse([3]).error?.issues[0]?.message ?? '', /expected a name/);
});
