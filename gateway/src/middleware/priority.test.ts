import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import type { PriorityName } from '../core/priority.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { compilePlans, plansConfig } from '../limits/plans/plans.ts';
import { priority } from './priority.ts';

const limit = 'unlimited';
const plans = compilePlans(
  plansConfig.parse({
    gold: { limit, priority: 'high' },
    plain: { limit },
    passers: { limit, priority: 'low', anonymous: true },
  }),
);

async function given(own: PriorityName | undefined, identity: Identity | undefined) {
  const { exchange } = makeExchange({ identity });
  const step = priority(own, plans);
  assert.ok(step);
  await step(exchange, async () => makeReply(200, new HeaderFields(), emptyBody));
  return exchange.priority;
}

test('the plan says it, where the route says nothing', async () => {
  assert.equal(await given(undefined, makeIdentity({ plan: 'gold' })), 0);
  assert.equal(await given(undefined, makeIdentity({ plan: 'plain' })), undefined);
  assert.equal(await given(undefined, makeIdentity()), undefined);
  assert.equal(await given(undefined, undefined), 2, 'the plan of those who have no identity');
});

test('the route has the first word', async () => {
  assert.equal(await given('low', makeIdentity({ plan: 'gold' })), 2);
  assert.equal(await given('normal', undefined), 1);
});

test('where nobody says anything there is no step', () => {
  assert.equal(priority(undefined, compilePlans(plansConfig.parse({ plain: { limit } }))), undefined);
});
