/** Stores and products. Product `pN` belongs to store `s(N mod 25 + 1)`. */
import type { SeededRandom } from './random.ts';
import { CATEGORIES, type Product, type Store } from './types.ts';
import { CITIES, PRODUCT_KINDS, PRODUCT_MANNERS, STORE_NAMES } from './words.ts';

const PRODUCT_COUNT = 500;

export function generateStores(random: SeededRandom): Store[] {
  return STORE_NAMES.map((name, i) => ({
    __typename: 'Store',
    id: `s${i + 1}`,
    name,
    city: random.pick(CITIES),
  }));
}

export function generateProducts(random: SeededRandom, stores: readonly Store[]): Product[] {
  const products: Product[] = [];
  for (let n = 1; n <= PRODUCT_COUNT; n++) {
    const category = random.pick(CATEGORIES);
    const kind = random.pick(PRODUCT_KINDS[category]);
    const manner = random.pick(PRODUCT_MANNERS);
    const store = stores[n % stores.length];
    if (!store) throw new RangeError('a product needs a store');
    products.push({
      __typename: 'Product',
      upc: `p${n}`,
      name: `${manner} ${kind}`,
      description: `${manner} ${kind.toLowerCase()} from ${store.name}, item ${n} of its range.`,
      category,
      price: { amount: random.integer(99, category === 'ELECTRONICS' ? 9900 : 2400), currency: 'EUR' },
      weightGrams: random.integer(5, 400) * 10,
      inStock: random.next() < 0.9,
      storeId: store.id,
      tags: [category.toLowerCase(), manner.toLowerCase()],
    });
  }
  return products;
}
