/** Who asks more than the plan allows is refused, and nobody else is; two gateways on one Redis share one bucket. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, metric } from '../e2e/client.ts';
import { addConsumer, addPlan } from '../stack/consumers.ts';
import { type Stack, startStack } from '../stack/stack.ts';

const REDIS = process.env.FRONTDESK_TEST_REDIS_URL;
const TIGHT = { id: 'tight', plan: 'tight', key: 'test-key-of-the-tight-consumer' };
const OTHER = { id: 'other', plan: 'tight', key: 'test-key-of-the-other-consumer' };
const SHARED = { id: 'shared', plan: 'shared', key: 'test-key-of-the-shared-consumer' };
const CAPACITY = 3;

const SHARED_CAPACITY = 200;
const SHARED_PER_SECOND = 5;
const REQUESTS = 1_000;

let stack: Stack;
before(async () => {
  stack = await startStack({
    name: 'over-its-plan',
    apart: true,
    edit(config) {
      // Who is refused here is over its plan, and not in front of a machine that has too much to do.
      config.shedding = 'off';
      if (REDIS !== undefined) config.state = { redis: REDIS };
      addPlan(config, 'tight', { limit: { capacity: CAPACITY, refill: '1/h' }, scopes: ['users:read'] });
      addPlan(config, 'shared', {
        limit: { capacity: SHARED_CAPACITY, refill: `${SHARED_PER_SECOND}/s` },
        scopes: ['users:read'],
      });
      for (const consumer of [TIGHT, OTHER, SHARED]) addConsumer(config, consumer);
    },
  });
});
after(() => stack?.close());

const get = (base: string, apiKey: string) => ask(`${base}/api/users/42`, { apiKey });

test('the request after the last token is a 429 that says when to come back', async () => {
  for (let left = CAPACITY - 1; left >= 0; left -= 1) {
    const { status, headers } = await get(stack.url, TIGHT.key);
    assert.equal(status, 200);
    assert.equal(headers.get('x-ratelimit-limit'), String(CAPACITY));
    assert.equal(headers.get('x-ratelimit-remaining'), String(left));
    assert.match(headers.get('ratelimit') ?? '', /r=\d+/);
    assert.match(headers.get('ratelimit-policy') ?? '', /q=\d+/);
  }
  await stack.backends.users.forget();
  const { status, headers } = await get(stack.url, TIGHT.key);
  assert.equal(status, 429);
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(headers.get('x-ratelimit-remaining'), '0');
  assert.match(headers.get('x-ratelimit-reset') ?? '', /^\d+$/);
  assert.match(headers.get('ratelimit') ?? '', /r=0/);
  assert.ok(Number(headers.get('retry-after')) > 0, `Retry-After: ${headers.get('retry-after')}`);
  assert.equal(await stack.backends.users.count(), 0);
});

test('another consumer of the same plan is untouched', async () => {
  const { status, headers } = await get(stack.url, OTHER.key);
  assert.equal(status, 200);
  assert.equal(headers.get('x-ratelimit-remaining'), String(CAPACITY - 1));
});

describe('two gateways on one Redis', { skip: REDIS === undefined && 'no Redis server' }, () => {
  test('admit together no more than the bucket holds and gains, and decide nothing alone', async () => {
    const second = await stack.addGateway();
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, (_, i) => get(i % 2 === 0 ? stack.url : second.url, SHARED.key)),
    );
    const elapsedS = (performance.now() - startedAt) / 1000;
    const admitted = answers.filter(({ status }) => status === 200).length;
    const refused = answers.filter(({ status }) => status === 429).length;
    const strange = answers.filter(({ status }) => status !== 200 && status !== 429);
    assert.equal(admitted + refused, REQUESTS, `${strange[0]?.status} ${strange[0]?.text}`);
    assert.ok(admitted >= SHARED_CAPACITY, `admitted ${admitted}: fewer than the bucket held`);
    const most = SHARED_CAPACITY + Math.floor(SHARED_PER_SECOND * elapsedS);
    assert.ok(admitted <= most, `admitted ${admitted} in ${elapsedS.toFixed(2)} s, at most ${most} may be`);
    for (const admin of [stack.adminUrl, second.adminUrl]) {
      const { text } = await ask(`${admin}/metrics`);
      assert.equal(metric(text, 'frontdesk_limit_fallbacks_total'), 0);
      assert.ok(metric(text, 'frontdesk_limit_decisions_total', 'redis') > 0);
    }
  });
});
