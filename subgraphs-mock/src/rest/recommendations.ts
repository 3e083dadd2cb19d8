/**
 * The REST service `recommendations`: best-sellers of the categories that a user orders from, what the user has
 * left out; for somebody unknown, plain best-sellers. Better tiers see dearer products first.
 */
import { createDataset, type Dataset } from '../data/dataset.ts';
import type { Category, Product } from '../data/types.ts';
import { Problem } from '../http/problem.ts';
import { idsParam, integerParam, requiredParam } from '../http/query.ts';
import { restHandler } from '../http/rest.ts';
import type { ServiceParts } from '../http/server.ts';

const TIERS = ['bronze', 'silver', 'gold', 'platinum'];
const DEARER_FIRST_TIERS = new Set(['gold', 'platinum']);
const DEFAULT_LIMIT = 5;
const MAX_LIMIT = 50;
const DEAR_FROM = 1_500;

interface Taste {
  readonly categories: ReadonlySet<Category>;
  readonly ordered: ReadonlySet<string>;
}

function tasteOf(data: Dataset, userId: string): Taste {
  const categories = new Set<Category>();
  const ordered = new Set<string>();
  for (const order of data.ordersByUser.get(userId)) {
    for (const { upc } of order.items) {
      const product = data.products.get(upc);
      if (product) categories.add(product.category);
      ordered.add(upc);
    }
  }
  return { categories, ordered };
}

function recommend(data: Dataset, userId: string, tier: string | undefined, limit: number) {
  const { categories, ordered } = tasteOf(data, userId);
  const fits = (product: Product) => categories.has(product.category) && !ordered.has(product.upc);
  const known = categories.size > 0;
  const candidates = known ? data.bestSellers.filter(fits) : data.bestSellers;
  const dearerFirst = tier !== undefined && DEARER_FIRST_TIERS.has(tier);
  const isDear = (product: Product) => product.price.amount >= DEAR_FROM;
  const ranked = dearerFirst
    ? [...candidates.filter(isDear), ...candidates.filter((product) => !isDear(product))]
    : candidates;
  return ranked.slice(0, limit).map((product, i) => ({
    upc: product.upc,
    name: product.name,
    category: product.category.toLowerCase(),
    price: product.price,
    score: Math.round(1000 / (1 + i * 0.15)) / 1000,
    reason: known ? 'because_of_your_orders' : 'popular',
  }));
}

export function createRecommendations(): ServiceParts {
  const data = createDataset();
  return {
    handle: restHandler([
      {
        method: 'GET',
        path: '/for',
        answer({ query }) {
          const limit = integerParam(query, 'limit', DEFAULT_LIMIT, MAX_LIMIT);
          const tier = query.get('tier')?.toLowerCase();
          if (tier !== undefined && !TIERS.includes(tier)) {
            throw new Problem(400, `'tier' must be one of ${TIERS.join(', ')}`);
          }
          const forUser = (user: string) => ({ user, recommendations: recommend(data, user, tier, limit) });
          const ids = idsParam(query);
          if (ids) return { status: 200, body: { results: ids.map(forUser) } };
          return { status: 200, body: forUser(requiredParam(query, 'user')) };
        },
      },
    ]),
  };
}
