/** The first screen: who I am, what I ordered last, what I might like. Its three parts need nothing of each other. */
import { part, screen } from '../backends.ts';
import { RecentOrders } from '../generated/operations.ts';
import type { RecommendAnswer } from '../generated/upstreams/recommendations.ts';
import type { User } from '../generated/upstreams/users.ts';

const RECENT_ORDERS = 3;
const RECOMMENDATIONS = 5;

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

/** It answers with one list, as it was asked for one user. */
function toTiles(answer: RecommendAnswer) {
  const recommendations = 'recommendations' in answer ? answer.recommendations : [];
  return recommendations.slice(0, RECOMMENDATIONS).map(({ upc, name, price }) => ({ upc, name, price }));
}
