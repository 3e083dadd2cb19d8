/** Several policies at once, a quota of the calendar among them, over a real Redis: exact and leased. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseList } from 'structured-headers';
import { emptyBody } from '../core/body.ts';
import { systemClock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { createLimits } from '../limits/limits.ts';
import { compilePlans, plansConfig } from '../limits/plans/plans.ts';
import { compilePolicies, routePolicies } from '../limits/plans/policies.ts';
import { limitsConfig } from '../limits/plans/policy-config.ts';
import type { RedisStore } from '../state/redis.ts';
import { skipWithoutServer, startStore } from '../state/testing/redis-server.ts';
import { consumerLimit } from './consumer-limit.ts';

const QUOTA = 12;
const { policies: written } = limitsConfig.parse({
  policies: {
    monthly: { by: ['tenant'], quota: { limit: QUOTA, window: 'month' } },
    hourly: { by: ['route'], limit: { algorithm: 'sliding-window', limit: 1000, window: '1h' } },
  },
});
const policies = compilePolicies(written);
const plans = compilePlans(plansConfig.parse({ free: { limit: { capacity: 100, refill: '1/h' } } }));

describe('several policies at once in Redis', { skip: skipWithoutServer, timeout: 300_000 }, () => {
  let store: RedisStore;
  let stop: () => Promise<void>;
  before(async () => {
    ({ store, stop } = await startStore());
  });
  after(() => stop());

  for (const mode of ['exact', 'leased'] as const) {
    test(`${mode}: of two nodes together no more than the quota, whoever refused is named`, async () => {
      const open = () =>
        createLimits({ store, workers: 1, clock: systemClock, logger: noLogger, meter: noMeter, mode });
      const nodes = [open(), open()];
      const identity = makeIdentity({ consumer: `${mode}-acme`, tenant: `${mode}-t`, plan: 'free' });
      const steps = nodes.map(({ limiter }) => {
        const own = routePolicies(['monthly', 'hourly'], policies, `/${mode}`);
        const common = { limiter, plans, policies, own, template: `/${mode}`, routeLimit: undefined };
        const step = consumerLimit({ ...common, clock: systemClock, meter: noMeter });
        assert.ok(step);
        return step;
      });
      let admitted = 0;
      let refused = 0;
      for (let i = 0; i < 2 * QUOTA; i += 1) {
        try {
          const { exchange } = makeExchange({ identity });
          const step = steps[i % 2];
          const reply = await step?.(exchange, async () => makeReply(200, new HeaderFields(), emptyBody));
          const told = parseList(reply?.headers.get('ratelimit') ?? '').map(([name]) => name);
          assert.deepEqual(told, ['free', 'monthly', 'hourly']);
          admitted += 1;
        } catch (error) {
          assert.ok(error instanceof FrontdeskError, String(error));
          assert.deepEqual(error.members['violated-policies'], ['monthly']);
          refused += 1;
        }
      }
      assert.equal(admitted + refused, 2 * QUOTA);
      assert.ok(admitted <= QUOTA, String(admitted));
      // What one node holds of a lease the other cannot spend.
      assert.ok(admitted >= (mode === 'exact' ? QUOTA : QUOTA / 2), String(admitted));
      await Promise.all(nodes.map(({ close }) => close()));
      const after = open();
      const own = routePolicies(['monthly'], policies, `/${mode}`);
      const common = { limiter: after.limiter, plans, policies, own, template: `/${mode}` };
      const again = consumerLimit({ ...common, routeLimit: 'unlimited', clock: systemClock, meter: noMeter });
      assert.ok(again);
      for (let i = 0; i < QUOTA; i += 1) {
        const { exchange } = makeExchange({ identity });
        await again(exchange, async () => makeReply(200, new HeaderFields(), emptyBody)).then(
          () => {
            admitted += 1;
          },
          () => undefined,
        );
      }
      assert.equal(admitted, QUOTA, 'what the first two left is there for who comes later, and no more');
      await after.close();
    });
  }
});
