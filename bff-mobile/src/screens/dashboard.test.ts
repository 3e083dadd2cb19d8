import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '@frontdesk/gateway/bff';
import { testScreen } from '@frontdesk/gateway/bff/testing';
import { dashboard } from './dashboard.ts';

const price = { amount: 250, currency: 'EUR' };
const order = { id: 'o1', number: '1001', status: 'PLACED', placedAt: '2026-01-01T00:00:00Z', total: price };
const answers = {
  'users GET /users/{id}': () => ({
    id: '7',
    name: 'Ada',
    tier: 'gold',
    avatar_url: null,
    email: 'ada@example.org',
    internal_score: 9,
    password_hash: 'x',
  }),
  'graph RecentOrders': () => ({ ordersOf: [order] }),
  'recommendations GET /for': () => ({
    user: '7',
    recommendations: Array.from({ length: 8 }, (_, i) => ({
      upc: `p${i}`,
      name: 'Tea',
      category: 'drinks',
      price,
      score: 1,
    })),
  }),
};
const identity = { subject: '7' };
const down = () => {
  throw new FrontdeskError('upstream_connect');
};

describe('the mobile dashboard', () => {
  it('is a card, three orders and five tiles, and not a byte more', async () => {
    const { values, incomplete } = await testScreen(dashboard, { answers, identity });
    assert.deepEqual(values, {
      user: { id: '7', name: 'Ada', tier: 'gold', avatarUrl: null },
      orders: [order],
      recommendations: [0, 1, 2, 3, 4].map((i) => ({ upc: `p${i}`, name: 'Tea', price })),
    });
    assert.deepEqual(incomplete, []);
  });

  it('asks for the caller alone, each backend once', async () => {
    const { calls } = await testScreen(dashboard, { answers, identity });
    assert.deepEqual(calls, [
      { part: 'user', to: 'users GET /users/{id}', input: { path: { id: '7' } } },
      { part: 'orders', to: 'graph RecentOrders', input: { user: '7', first: 3 } },
      { part: 'recommendations', to: 'recommendations GET /for', input: { query: { user: '7', limit: 5 } } },
    ]);
  });

  it('does without recommendations and orders, but not without the user', async () => {
    const poor = { ...answers, 'recommendations GET /for': down, 'graph RecentOrders': down };
    const { values, incomplete } = await testScreen(dashboard, { answers: poor, identity });
    assert.deepEqual([values.orders, values.recommendations], [[], null]);
    assert.deepEqual(incomplete, ['orders', 'recommendations']);
    const lost = { ...answers, 'users GET /users/{id}': down };
    await assert.rejects(testScreen(dashboard, { answers: lost, identity }), { code: 'part_failed' });
  });
});
