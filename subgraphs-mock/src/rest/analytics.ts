/** The REST service `analytics`: what a user did in sum, and what the whole company did. */
import { createDataset, type Dataset } from '../data/dataset.ts';
import type { Order } from '../data/types.ts';
import { Problem } from '../http/problem.ts';
import { idsParam, requiredParam } from '../http/query.ts';
import { restHandler } from '../http/rest.ts';
import type { ServiceParts } from '../http/server.ts';

const MONTH_LENGTH = 'YYYY-MM'.length;

const euros = (amount: number) => ({ amount, currency: 'EUR' as const });
const isPaid = (order: Order) => order.status !== 'CANCELLED';
const sum = (numbers: Iterable<number>) =>
  Iterator.from(numbers).reduce((total, number) => total + number, 0);

function favouriteCategory(data: Dataset, orders: readonly Order[]): string | null {
  const units = new Map<string, number>();
  for (const { upc, quantity } of orders.flatMap((order) => order.items)) {
    const category = data.products.get(upc)?.category ?? '';
    units.set(category, (units.get(category) ?? 0) + quantity);
  }
  const [best] = [...units].sort(([, a], [, b]) => b - a);
  return best?.[0].toLowerCase() ?? null;
}

function byMonth(orders: readonly Order[]) {
  const months = Map.groupBy(orders, (order) => order.placedAt.slice(0, MONTH_LENGTH));
  return [...months]
    .map(([month, ofMonth]) => ({
      month,
      orders: ofMonth.length,
      spent: euros(sum(ofMonth.map((order) => order.total.amount))),
    }))
    .sort((a, b) => (a.month < b.month ? -1 : 1));
}

function summaryOf(data: Dataset, userId: string) {
  if (!data.users.has(userId)) return undefined;
  const orders = data.ordersByUser.get(userId).filter(isPaid);
  const trips = data.tripsByUser.get(userId).filter((trip) => trip.status === 'COMPLETED');
  const reviews = data.reviewsByUser.get(userId);
  const spent = sum(orders.map((order) => order.total.amount));
  const ratings = sum(reviews.map((review) => review.rating));
  return {
    user: userId,
    orders: {
      count: orders.length,
      spent: euros(spent),
      average: euros(orders.length === 0 ? 0 : Math.round(spent / orders.length)),
    },
    trips: {
      count: trips.length,
      distance_meters: sum(trips.map((trip) => trip.distanceMeters)),
      spent: euros(sum(trips.map((trip) => trip.fare.amount))),
    },
    reviews: {
      count: reviews.length,
      average_rating: reviews.length === 0 ? null : Math.round((ratings / reviews.length) * 100) / 100,
    },
    favourite_category: favouriteCategory(data, orders),
    monthly: byMonth(orders),
  };
}

function overviewOf(data: Dataset) {
  const orders = data.newestOrders.filter(isPaid);
  const completed = data.newestTrips.filter((trip) => trip.status === 'COMPLETED');
  return {
    users: data.users.size,
    drivers: data.drivers.size,
    orders: orders.length,
    revenue: euros(sum(orders.map((order) => order.total.amount))),
    trips: completed.length,
    fares: euros(sum(completed.map((trip) => trip.fare.amount))),
    reviews: data.reviews.size,
    monthly: byMonth(orders),
  };
}

export function createAnalytics(): ServiceParts {
  const data = createDataset();
  const overview = overviewOf(data);
  return {
    handle: restHandler([
      {
        method: 'GET',
        path: '/summary',
        answer({ query }) {
          const ids = idsParam(query);
          if (ids)
            return { status: 200, body: { summaries: ids.flatMap((id) => summaryOf(data, id) ?? []) } };
          const user = requiredParam(query, 'user');
          const summary = summaryOf(data, user);
          if (!summary) throw new Problem(404, `there is no user '${user}'`);
          return { status: 200, body: summary };
        },
      },
      { method: 'GET', path: '/overview', answer: () => ({ status: 200, body: overview }) },
    ]),
  };
}
