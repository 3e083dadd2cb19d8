import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { limitLines, limitText } from './limit-text.ts';
import { planMounts } from './mount-plan.ts';

const config = configSchema.parse({
  limits: {
    policies: {
      monthly: { by: ['tenant'], quota: { limit: 1000, window: 'month' } },
      flood: { by: ['address'], limit: { capacity: 50, refill: '50/s' } },
    },
    everywhere: ['flood'],
  },
  plans: {
    free: { limit: { capacity: 10, refill: '10/min' } },
    gold: {
      extends: 'free',
      limitedBy: ['monthly'],
      routes: { '/x': 'unlimited', '/y': { capacity: 3, refill: '3/s' } },
    },
  },
  routes: [
    {
      match: { path: '/x' },
      to: { fixed: {} },
      limitedBy: [{ name: 'slots', by: 'global', concurrency: { max: 4 } }],
    },
    { match: { path: '/y' }, to: { fixed: {} }, limit: { algorithm: 'leaky-bucket', rate: '5/s', queue: 4 } },
  ],
});
const [health, , x, y] = planMounts(config, []);

test('every limit that may hold, by whom it holds for', () => {
  assert.ok(health && x && y);
  assert.deepEqual([limitText(health, config), limitLines(health, config)], ['unlimited', []]);
  assert.equal(limitText(x, config), 'by plan, slots, flood');
  assert.deepEqual(limitLines(x, config), [
    'everybody: flood: 50 token-bucket per address',
    'route: slots: 4 at once for all together',
    'plan free: 10 token-bucket per consumer',
    'plan gold: unlimited',
    'plan gold: monthly: 1000 a month per tenant',
  ]);
  assert.equal(limitText(y, config), '5 per consumer, flood');
  assert.deepEqual(limitLines(y, config), [
    'everybody: flood: 50 token-bucket per address',
    'route: 5 leaky-bucket per consumer',
    'plan gold: 3 token-bucket per consumer, on this route',
    'plan gold: monthly: 1000 a month per tenant',
  ]);
});
