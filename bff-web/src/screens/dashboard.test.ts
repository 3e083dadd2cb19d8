import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '@frontdesk/gateway/bff';
import { testScreen } from '@frontdesk/gateway/bff/testing';
import { dashboard } from './dashboard.ts';

const money = { amount: 250, currency: 'EUR' };
const profile = {
  id: '7',
  username: 'ada',
  name: 'Ada',
  email: 'a@example.org',
  city: 'Ulm',
  tier: 'gold',
  addresses: [],
};
const answers = {
  'users GET /users/{id}': () => ({
    ...profile,
    avatar_url: null,
    member_since: '2020-01-01T00:00:00Z',
    internal_score: 9,
    password_hash: 'x',
  }),
  'graph OrderHistory': () => ({ user: { orders: [] } }),
  'analytics GET /summary': () => ({
    user: '7',
    orders: { count: 1, spent: money, average: money },
    trips: { count: 2, distance_meters: 900, spent: money },
    reviews: { count: 0, average_rating: null },
    favourite_category: 'drinks',
    monthly: [],
  }),
  'payments GET /payments': () => ({
    user: '7',
    payments: [
      {
        id: 'ch_1',
        order: 'o1',
        amount: money,
        refunded: money,
        status: 'refunded',
        description: 'Order',
        card: { brand: 'visa', last4: '1234' },
        created_at: '2026-01-01T00:00:00Z',
      },
    ],
  }),
  'recommendations GET /for': () => ({ user: '7', recommendations: [] }),
};
const identity = { subject: '7' };
const down = () => {
  throw new FrontdeskError('upstream_connect');
};

describe('the web dashboard', () => {
  it('shows profile, orders, statistics, payments and recommendations', async () => {
    const { values, incomplete } = await testScreen(dashboard, { answers, identity });
    assert.deepEqual(incomplete, []);
    assert.deepEqual(values.user, { ...profile, avatarUrl: null, memberSince: '2020-01-01T00:00:00Z' });
    assert.deepEqual(values.analytics, {
      orders: { count: 1, spent: money, average: money },
      trips: { count: 2, distanceMeters: 900, spent: money },
      reviews: { count: 0, averageRating: null },
      favouriteCategory: 'drinks',
      monthly: [],
    });
    assert.deepEqual(values.payments, [
      {
        id: 'ch_1',
        order: 'o1',
        amount: money,
        refunded: money,
        status: 'refunded',
        description: 'Order',
        card: 'visa •••• 1234',
        createdAt: '2026-01-01T00:00:00Z',
      },
    ]);
  });

  it("recommends by the user's tier, reading the user once", async () => {
    const { calls } = await testScreen(dashboard, { answers, identity });
    assert.equal(calls.filter(({ to }) => to.startsWith('users')).length, 1);
    assert.deepEqual(calls.at(-1), {
      part: 'recommendations',
      to: 'recommendations GET /for',
      input: { query: { user: '7', tier: 'gold', limit: 12 } },
    });
  });

  it('does without everything but the user', async () => {
    const only = { 'users GET /users/{id}': answers['users GET /users/{id}'] };
    const { incomplete } = await testScreen(dashboard, { answers: only, identity });
    assert.deepEqual(incomplete, ['orders', 'analytics', 'payments', 'recommendations']);
    const lost = { ...answers, 'users GET /users/{id}': down };
    await assert.rejects(testScreen(dashboard, { answers: lost, identity }), { code: 'part_failed' });
  });
});
