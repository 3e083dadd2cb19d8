import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '@frontdesk/gateway/bff';
import { testScreen } from '@frontdesk/gateway/bff/testing';
import { search } from './search.ts';

const found = { upc: 'p31', name: 'Fresh Bagel' };
const facets = { categories: [{ category: 'BAKERY', count: 1 }], prices: [], inStock: 1 };
const answers = {
  'graph ProductPage': () => ({ searchProducts: { total: 2, nextCursor: 'cDMx', nodes: [found] } }),
  'graph ProductFacets': () => ({ searchProducts: { facets } }),
};
type Answers = Readonly<Record<string, (input: unknown) => unknown>>;
const ask = (input: Readonly<Record<string, unknown>>, given: Answers = {}) =>
  testScreen(search, { answers: { ...answers, ...given }, input });

describe('the search', () => {
  it('finds a page, and says what else there is', async () => {
    const { values, calls } = await ask({ text: 'Bagel', category: ['BAKERY'], maxPrice: 500, first: 1 });
    const { total, products } = Object(values.page);
    assert.deepEqual([total, products, values.facets], [2, [found], facets]);
    const filter = {
      text: 'bagel',
      categories: ['BAKERY'],
      minPrice: null,
      maxPrice: 500,
      inStock: null,
      store: null,
    };
    assert.deepEqual(
      calls.map(({ input }) => input),
      [{ filter, sort: 'RELEVANCE', first: 1, after: null }, { filter }],
    );
  });

  it('is one for all: its parts know nothing of who asks', () => {
    assert.deepEqual(
      Object.values(search.parts).map(({ shared }) => shared),
      [true, true],
    );
    assert.deepEqual(search.scopes, []);
  });

  it('goes on behind a cursor of the same filters and order alone', async () => {
    const { values } = await ask({ text: 'a', sort: 'NAME' });
    const after: unknown = Object(values.page).nextCursor;
    const next = await ask({ text: 'a', sort: 'NAME', after });
    assert.equal(Object(next.calls[0]?.input).after, 'cDMx');
    await assert.rejects(ask({ text: 'a', after }), { code: 'invalid_request' });
  });

  it('does without facets', async () => {
    const down = () => {
      throw new FrontdeskError('upstream_connect');
    };
    const { values, incomplete } = await ask({ text: 'a' }, { 'graph ProductFacets': down });
    assert.deepEqual([values.facets, incomplete], [null, ['facets']]);
    await assert.rejects(ask({ text: 'a' }, { 'graph ProductPage': down }), { code: 'part_failed' });
  });
});
