/**
 * The web dashboard. Its parts are fetched at once, but for the recommendations: they want the user's tier, so they
 * use the user that is read anyway.
 */
import { document } from '@frontdesk/gateway/bff';
import {
  type Money,
  type Payments,
  part,
  type Recommendations,
  type Summary,
  screen,
  type User,
} from '../backends.ts';

const ORDERS = 10;
const PAYMENTS = 10;
const RECOMMENDATIONS = 12;

interface Order {
  readonly id: string;
  readonly number: string;
  readonly status: string;
  readonly placedAt: string;
  readonly total: Money;
  readonly store: { readonly id: string; readonly name: string };
  readonly items: readonly {
    readonly quantity: number;
    readonly unitPrice: Money;
    readonly total: Money;
    readonly product: {
      readonly upc: string;
      readonly name: string;
      readonly category: string;
      readonly inStock: boolean;
      readonly averageRating: number | null;
    };
  }[];
  readonly delivery: {
    readonly id: string;
    readonly status: string;
    readonly durationSeconds: number;
  } | null;
}

/** Over five subgraphs: accounts, orders, products, reviews and trips. */
const OrderHistory = document<
  { readonly user: { readonly orders: readonly Order[] } | null },
  { readonly user: string; readonly first: number }
>(`
  query OrderHistory($user: ID!, $first: Int!) {
    user(id: $user) {
      orders(first: $first) {
        id number status placedAt
        total { amount currency }
        store { id name }
        items {
          quantity
          unitPrice { amount currency }
          total { amount currency }
          product { upc name category inStock averageRating }
        }
        delivery { id status durationSeconds }
      }
    }
  }
`);

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
      { uses: { user }, timeout: '500ms', shape: ({ recommendations }: Recommendations) => recommendations },
    ),
  },
});

/** Member by member: whatever else the backend says of a user stays here. */
function toProfile(user: User) {
  const { id, username, name, email, city, tier, avatar_url, member_since, addresses } = user;
  return {
    id,
    username,
    name,
    email,
    city,
    tier,
    avatarUrl: avatar_url,
    memberSince: member_since,
    addresses,
  };
}

function toStatistics({ orders, trips, reviews, favourite_category, monthly }: Summary) {
  return {
    orders,
    trips: { count: trips.count, distanceMeters: trips.distance_meters, spent: trips.spent },
    reviews: { count: reviews.count, averageRating: reviews.average_rating },
    favouriteCategory: favourite_category,
    monthly,
  };
}

function toPayments({ payments }: Payments) {
  return payments.map(({ id, order, amount, refunded, status, description, card, created_at }) => ({
    id,
    order,
    amount,
    refunded,
    status,
    description,
    card: `${card.brand} •••• ${card.last4}`,
    createdAt: created_at,
  }));
}
