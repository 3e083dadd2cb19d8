import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Identity } from '../../core/identity.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { compilePlans, plansConfig, routeLimitConfig } from './plans.ts';
import { compilePolicies, routePolicies } from './policies.ts';
import { limitsConfig } from './policy-config.ts';
import { rulesAt } from './rules.ts';

const limit = (capacity: number) => ({ capacity, refill: '1/s' });
const plans = compilePlans(
  plansConfig.parse({
    free: { limit: limit(1), limitedBy: ['daily'] },
    gold: { extends: 'free', limit: limit(10), routes: { '/search': limit(3), '/open': 'unlimited' } },
    staff: { limit: 'unlimited' },
    guests: { limit: limit(2), per: 'address', anonymous: true },
  }),
);
const policies = compilePolicies(
  limitsConfig.parse({
    policies: {
      daily: { by: ['consumer'], quota: { limit: 100, window: 'day' } },
      here: { by: ['address'], limit: limit(7) },
      atOnce: { by: ['route'], concurrency: { max: 2 } },
      byName: { by: ['operation'], limit: limit(4) },
    },
  }).policies,
);

function rulesOn(template: string, more: { limit?: unknown; limitedBy?: string[] } = {}) {
  const rulesFor = rulesAt({
    plans,
    policies,
    template,
    upstream: undefined,
    own: routePolicies(more.limitedBy ?? [], policies, template),
    routeLimit: more.limit === undefined ? undefined : routeLimitConfig.parse(more.limit),
  });
  return (identity: Identity | undefined) => {
    const rules = rulesFor?.(identity);
    return (
      rules &&
      [...rules.counts, ...rules.operations, ...rules.places].map(
        ({ spec }) => `${spec.name} ${spec.capacity}`,
      )
    );
  };
}

const on = (plan?: string) => makeIdentity({ consumer: 'acme', plan });

test("the plan's limit and its policies; a plan that extends has those of its base", () => {
  const rules = rulesOn('/x');
  assert.deepEqual(rules(on('free')), ['free 1', 'daily 100']);
  assert.deepEqual(rules(on('gold')), ['gold 10', 'daily 100']);
  assert.deepEqual(rules(undefined), ['guests 2']);
  assert.equal(rules(on('staff')), undefined);
  assert.equal(rules(on()), undefined);
});

test("the plan's word on a route goes before the route's, and that before the plan's", () => {
  assert.deepEqual(rulesOn('/search', { limit: limit(5) })(on('gold')), ['gold 3', 'daily 100']);
  assert.deepEqual(rulesOn('/search', { limit: limit(5) })(on('free')), ['route 5', 'daily 100']);
  assert.deepEqual(rulesOn('/open', { limit: limit(5) })(on('gold')), ['daily 100']);
  assert.deepEqual(rulesOn('/x', { limit: 'unlimited' })(on('free')), ['daily 100']);
  assert.equal(rulesOn('/x', { limit: 'unlimited' })(undefined), undefined);
  assert.deepEqual(rulesOn('/x', { limit: limit(5) })(on('staff')), ['route 5']);
  assert.deepEqual(rulesOn('/x', { limit: limit(5) })(on()), ['route 5']);
});

test("a route's policies hold for all, beside those of the plan, once each", () => {
  const rules = rulesOn('/x', { limitedBy: ['here', 'atOnce', 'daily', 'byName'] });
  const own = ['here 7', 'daily 100', 'byName 4', 'atOnce 2'];
  assert.deepEqual(rules(on('staff')), own);
  assert.deepEqual(rules(on()), own);
  assert.deepEqual(rules(undefined), ['guests 2', ...own]);
  assert.deepEqual(rules(on('free')), ['free 1', 'daily 100', 'here 7', 'byName 4', 'atOnce 2']);
});

test('all keys of a caller are different, and its limits lie in one slot', () => {
  const rules = rulesAt({ plans, policies, template: '/x', upstream: undefined, routeLimit: undefined })?.(
    on('free'),
  );
  const keys = rules?.counts.map(({ keyOf }) => keyOf({ identity: on('free'), address: '192.0.2.1' }));
  assert.deepEqual(keys, [
    ['plan.free.consumer', 'acme', '/x'],
    ['policy.daily.consumer', 'acme'],
  ]);
});

test('where nothing can hold there is nothing to ask', () => {
  const nobody = compilePlans({});
  assert.equal(
    rulesAt({ plans: nobody, template: '/x', upstream: undefined, routeLimit: undefined }),
    undefined,
  );
  assert.equal(
    rulesAt({ plans: nobody, template: '/x', upstream: undefined, routeLimit: 'unlimited' }),
    undefined,
  );
});
