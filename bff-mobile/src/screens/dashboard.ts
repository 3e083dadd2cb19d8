/** The first screen: who I am, what I ordered last, what I might like. Its three parts need nothing of each other. */
import { document } from '@frontdesk/gateway/bff';
import { type Money, part, type Recommendations, screen, type User } from '../backends.ts';

const RECENT_ORDERS = 3;
const RECOMMENDATIONS = 5;

interface OrderSummary {
  readonly id: string;
  readonly number: string;
  readonly status: string;
  readonly placedAt: string;
  readonly total: Money;
}

const RecentOrders = document<
  { readonly ordersOf: readonly OrderSummary[] },
  { readonly user: string; readonly first: number }
>(`
  query RecentOrders($user: ID!, $first: Int!) {
    ordersOf(user: $user, first: $first) { id number status placedAt total { amount currency } }
  }
`);

export const dashboard = screen({
  path: '/dashboard',
  field: 'dashboard',
  scopes: ['dashboard:read'],
  deadline: '800ms',
  parts: {
    user: part(({ rest, identity }) => rest.users.get('/users/{id}', { path: { id: identity.subject } }), {
      required: true,
      shape: toCard,
    }),
    orders: part(
      ({ graph, identity }) => graph(RecentOrders, { user: identity.subject, first: RECENT_ORDERS }),
      { fallback: [], shape: ({ ordersOf }) => ordersOf },
    ),
    recommendations: part(
      ({ rest, identity }) =>
        rest.recommendations.get('/for', { query: { user: identity.subject, limit: RECOMMENDATIONS } }),
      { timeout: '300ms', shape: toTiles },
    ),
  },
});

function toCard({ id, name, tier, avatar_url }: User) {
  return { id, name, tier, avatarUrl: avatar_url };
}

function toTiles({ recommendations }: Recommendations) {
  return recommendations.slice(0, RECOMMENDATIONS).map(({ upc, name, price }) => ({ upc, name, price }));
}
