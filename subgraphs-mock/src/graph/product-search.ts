/** The search of the catalogue: filters, orders, pages, and facets that say what else there is. */
import type { Dataset } from '../data/dataset.ts';
import { CATEGORIES, type Category, type Product } from '../data/types.ts';
import { type CursorArgs, type Page, pageOf } from './cursor.ts';
import { soughtText } from './order-history.ts';

const MAX_PRODUCTS = 100;
/** Where each price facet begins, in cents. */
const PRICE_STEPS = [0, 500, 1_000, 2_500, 5_000];

type ProductSort = 'RELEVANCE' | 'PRICE_ASC' | 'PRICE_DESC' | 'NAME' | 'BEST_SELLING';

interface ProductFilter {
  readonly text?: string | null;
  readonly categories?: readonly Category[] | null;
  readonly minPrice?: number | null;
  readonly maxPrice?: number | null;
  readonly inStock?: boolean | null;
  readonly store?: string | null;
}

export interface ProductSearchArgs extends CursorArgs {
  readonly filter?: ProductFilter | null;
  readonly sort?: ProductSort | null;
}

export interface ProductSearch extends Page<Product> {
  readonly facets: {
    readonly categories: readonly { readonly category: Category; readonly count: number }[];
    readonly prices: readonly { readonly min: number; readonly max: number | null; readonly count: number }[];
    readonly inStock: number;
  };
}

export function searchProducts(data: Dataset, args: ProductSearchArgs): ProductSearch {
  const filter = args.filter ?? {};
  const words = soughtText(filter.text)
    .split(/\s+/)
    .filter((word) => word !== '');
  const candidates = sorted(data, args.sort ?? 'RELEVANCE', words).filter((product) => {
    if (filter.store && product.storeId !== filter.store) return false;
    return words.every((word) => textOf(product).includes(word));
  });
  const fitting = candidates.filter((product) => fits(product, filter));
  return {
    ...pageOf(fitting, ({ upc }) => upc, args, 20, MAX_PRODUCTS),
    facets: facetsOf(candidates, filter),
  };
}

function fits({ category, price, inStock }: Product, filter: ProductFilter): boolean {
  if (filter.categories && !filter.categories.includes(category)) return false;
  if (price.amount < (filter.minPrice ?? 0)) return false;
  if (price.amount > (filter.maxPrice ?? Number.POSITIVE_INFINITY)) return false;
  return filter.inStock === null || filter.inStock === undefined || filter.inStock === inStock;
}

function facetsOf(candidates: readonly Product[], filter: ProductFilter): ProductSearch['facets'] {
  const ofAnyCategory = candidates.filter((product) => fits(product, { ...filter, categories: null }));
  const ofAnyPrice = candidates.filter((product) =>
    fits(product, { ...filter, minPrice: null, maxPrice: null }),
  );
  const categories = CATEGORIES.map((category) => ({
    category,
    count: ofAnyCategory.filter((product) => product.category === category).length,
  }));
  return {
    categories: categories.filter(({ count }) => count > 0),
    prices: PRICE_STEPS.map((min, i) => {
      const next = PRICE_STEPS[i + 1];
      const max = next === undefined ? null : next - 1;
      const within = ({ price }: Product) => price.amount >= min && (max === null || price.amount <= max);
      return { min, max, count: ofAnyPrice.filter(within).length };
    }),
    inStock: candidates.filter((product) => fits(product, { ...filter, inStock: true })).length,
  };
}

/** Sorts are stable: what is equal stays in the order of its sales. */
function sorted({ bestSellers }: Dataset, sort: ProductSort, words: readonly string[]): readonly Product[] {
  switch (sort) {
    case 'PRICE_ASC':
      return bestSellers.toSorted((a, b) => a.price.amount - b.price.amount);
    case 'PRICE_DESC':
      return bestSellers.toSorted((a, b) => b.price.amount - a.price.amount);
    case 'NAME':
      return bestSellers.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    case 'BEST_SELLING':
      return bestSellers;
    case 'RELEVANCE': {
      const inName = ({ name }: Product) => words.filter((word) => name.toLowerCase().includes(word)).length;
      return words.length === 0 ? bestSellers : bestSellers.toSorted((a, b) => inName(b) - inName(a));
    }
  }
}

function textOf({ name, description, tags }: Product): string {
  return [name, description, ...tags].join('\n').toLowerCase();
}
