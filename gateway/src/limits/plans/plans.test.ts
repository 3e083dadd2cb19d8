import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePlans, plansConfig, routeLimitConfig } from './plans.ts';

const written = {
  free: { limit: { capacity: 100, refill: '100/min' }, default: true },
  partner: { limit: { capacity: 1000, refill: '1000/min' }, scopes: ['users:read'], per: 'subject' },
  internal: { limit: 'unlimited' },
  guests: { limit: { capacity: 10, refill: '10/min' }, per: 'address', anonymous: true },
};

test('plans as people write them', () => {
  const plans = compilePlans(plansConfig.parse(written));
  assert.equal(plans.defaultPlan?.name, 'free');
  assert.equal(plans.anonymousPlan?.name, 'guests');
  assert.equal(plans.byName.get('free')?.per, 'consumer');
  assert.equal(plans.byName.get('internal')?.spec, undefined);
  assert.deepEqual(plans.byName.get('partner')?.spec, {
    algorithm: 'token-bucket',
    name: 'partner',
    capacity: 1000,
    refillPerMs: 1 / 60,
  });
  assert.deepEqual([...(plans.byName.get('partner')?.scopes ?? [])], ['users:read']);
  assert.equal(plans.byName.get('free'), plans.defaultPlan);
});

test('two defaults, unknown words and limits that are none are refused with their place', () => {
  const twice = plansConfig.safeParse({ ...written, internal: { limit: 'unlimited', default: true } });
  assert.deepEqual(
    twice.error?.issues.map((issue) => issue.path),
    [['internal', 'default']],
  );
  for (const plan of [
    { limit: 'none' },
    { limit: { capacity: 0, refill: '1/s' } },
    { limit: 'unlimited', per: 'ip' },
    {},
  ]) {
    assert.equal(plansConfig.safeParse({ plan }).success, false);
  }
});

test("a route's own limit says whose bucket it is", () => {
  const limit = routeLimitConfig.parse({ capacity: 5, refill: '5/s' });
  assert.deepEqual(limit, { capacity: 5, refill: 0.005, per: 'consumer' });
  assert.equal(routeLimitConfig.parse('unlimited'), 'unlimited');
});
