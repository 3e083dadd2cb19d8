import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDataset } from '../data/dataset.ts';
import { type ProductSearchArgs, searchProducts } from './product-search.ts';

const data = createDataset();
const search = (args: ProductSearchArgs) => searchProducts(data, { first: 100, ...args });

test('a search finds what fits every member of its filter', () => {
  const { total, nodes } = search({
    filter: { categories: ['BAKERY', 'DRINKS'], minPrice: 500, maxPrice: 900 },
  });
  assert.ok(total > 0 && total === nodes.length);
  for (const { category, price } of nodes)
    assert.ok(['BAKERY', 'DRINKS'].includes(category) && price.amount >= 500 && price.amount <= 900);
  assert.ok(search({ filter: { inStock: false } }).nodes.every(({ inStock }) => !inStock));
  assert.ok(search({ filter: { store: 's3' } }).nodes.every(({ storeId }) => storeId === 's3'));
  assert.equal(search({ filter: { text: 'no such thing' } }).total, 0);
  assert.equal(search({}).total, data.products.size);
});

test('every word must be somewhere; products that have them in their name come first', () => {
  const product = data.products.get('p7') ?? assert.fail();
  const { nodes } = search({ filter: { text: product.name.toUpperCase() } });
  assert.ok(nodes.some(({ upc }) => upc === 'p7'));
  const inName = nodes.map(({ name }) => name === product.name);
  assert.deepEqual(
    inName,
    inName.toSorted((a, b) => Number(b) - Number(a)),
  );
});

test('each order is its own, and pages keep it', () => {
  const prices = (sort: 'PRICE_ASC' | 'PRICE_DESC') =>
    search({ sort }).nodes.map(({ price }) => price.amount);
  assert.deepEqual(
    prices('PRICE_ASC'),
    prices('PRICE_ASC').toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    prices('PRICE_DESC'),
    prices('PRICE_DESC').toSorted((a, b) => b - a),
  );
  const names = search({ sort: 'NAME' }).nodes.map(({ name }) => name);
  assert.deepEqual(names, names.toSorted());
  const first = search({ sort: 'PRICE_ASC', first: 3 });
  const second = search({ sort: 'PRICE_ASC', first: 3, after: first.nextCursor });
  const both = [...first.nodes, ...second.nodes].map(({ upc }) => upc);
  assert.deepEqual(
    both,
    search({ sort: 'PRICE_ASC', first: 6 }).nodes.map(({ upc }) => upc),
  );
});

test('a facet counts as if the filter said nothing of it', () => {
  const filter = { categories: ['BAKERY' as const], maxPrice: 999 };
  const { total, facets } = search({ filter });
  for (const { category, count } of facets.categories)
    assert.equal(count, search({ filter: { ...filter, categories: [category] } }).total, category);
  assert.ok(facets.categories.length > 1);
  for (const { min, max, count } of facets.prices)
    assert.equal(count, search({ filter: { categories: ['BAKERY'], minPrice: min, maxPrice: max } }).total);
  assert.equal(facets.inStock, search({ filter: { ...filter, inStock: true } }).total);
  assert.ok(facets.inStock <= total);
});
