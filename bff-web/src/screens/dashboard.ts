/**
 * The web dashboard. Its parts are fetched at once, but for the recommendations: they want the user's tier, so they
 * use the user that is read anyway.
 */
import { part, screen } from '../backends.ts';
import { OrderHistory } from '../generated/operations.ts';
import type { SummarizeUserAnswer } from '../generated/upstreams/analytics.ts';
import type { ListPaymentsAnswer } from '../generated/upstreams/payments.ts';
import type { RecommendAnswer } from '../generated/upstreams/recommendations.ts';
import { toProfile } from './profile.ts';

const ORDERS = 10;
const PAYMENTS = 10;
const RECOMMENDATIONS = 12;

const user = part(({ rest, identity }) => rest.users.get('/users/{id}', { path: { id: identity.subject } }), {
  required: true,
  shape: toProfile,
});

export const dashboard = screen({
  path: '/dashboard',
  field: 'dashboard',
  scopes: ['dashboard:read'],
  deadline: '2s',
  parts: {
    user,
    orders: part(({ graph, identity }) => graph(OrderHistory, { user: identity.subject, first: ORDERS }), {
      shape: (data) => data.user?.orders ?? null,
    }),
    analytics: part(
      ({ rest, identity }) => rest.analytics.get('/summary', { query: { user: identity.subject } }),
      { timeout: '1s', shape: toStatistics },
    ),
    payments: part(
      ({ rest, identity }) =>
        rest.payments.get('/payments', { query: { user: identity.subject, first: PAYMENTS } }),
      { timeout: '1s', shape: toPayments },
    ),
    recommendations: part(
      async ({ rest, identity, use }) => {
        const { tier } = await use('user');
        return rest.recommendations.get('/for', {
          query: { user: identity.subject, tier, limit: RECOMMENDATIONS },
        });
      },
      { uses: { user }, timeout: '500ms', shape: toRecommendations },
    ),
  },
});

/** It answers with one summary, as it was asked for one user. */
function toStatistics(answer: SummarizeUserAnswer) {
  if (!('orders' in answer)) return null;
  const { orders, trips, reviews, favourite_category, monthly } = answer;
  return {
    orders,
    trips: { count: trips.count, distanceMeters: trips.distance_meters, spent: trips.spent },
    reviews: { count: reviews.count, averageRating: reviews.average_rating },
    favouriteCategory: favourite_category,
    monthly,
  };
}

function toPayments({ payments }: ListPaymentsAnswer) {
  return payments.map(({ id, order, amount, refunded, status, description, card, created_at }) => ({
    id,
    order,
    amount,
    refunded,
    status,
    description,
    card: card && `${card.brand} •••• ${card.last4}`,
    createdAt: created_at,
  }));
}

/** It answers with one list, as it was asked for one user. */
function toRecommendations(answer: RecommendAnswer) {
  return 'recommendations' in answer ? answer.recommendations : [];
}
