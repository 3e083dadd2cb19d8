/**
 * The search of the catalogue. It is the same for everybody, so that both parts are kept once for all callers; who asks is
 * not known to them.
 */
import { z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { ProductFacets, ProductPage } from '../generated/operations.ts';
import { Cursors, cursor, pageSize, soughtText } from './paging.ts';

const CATEGORIES = [
  'GROCERY',
  'BAKERY',
  'MEALS',
  'DRINKS',
  'HOUSEHOLD',
  'ELECTRONICS',
  'PHARMACY',
  'FLOWERS',
] as const;
const KEPT = { for: '30s', scope: 'shared', staleWhileRevalidate: '30s', staleIfError: '10m' } as const;
/** The largest that GraphQL's Int holds. */
const MAX_PRICE = 2_147_483_647;
const price = z.int().min(0).max(MAX_PRICE).nullable().default(null);

const input = z.object({
  text: soughtText.describe('Words that are all in the name, the description or the tags'),
  category: z
    .array(z.enum(CATEGORIES))
    .max(CATEGORIES.length)
    .nullable()
    .default(null)
    .describe('Any of these; said several times for several'),
  minPrice: price.describe("In the currency's minor unit"),
  maxPrice: price.describe("In the currency's minor unit"),
  inStock: z.boolean().nullable().default(null).describe('Only what is in stock, or only what is not'),
  store: z.string().min(1).max(64).nullable().default(null).describe('The id of a store'),
  sort: z.enum(['RELEVANCE', 'PRICE_ASC', 'PRICE_DESC', 'NAME', 'BEST_SELLING']).default('RELEVANCE'),
  first: pageSize,
  after: cursor,
});
const { part, screen } = backends.takes(input);

export const search = screen({
  path: '/search',
  field: 'search',
  deadline: '2s',
  parts: {
    page: part(
      async ({ graph, input: { sort, first, after, ...said } }) => {
        const filter = filterOf(said);
        const cursors = new Cursors({ filter, sort });
        const { searchProducts } = await graph(ProductPage, {
          filter,
          sort,
          first,
          after: cursors.read(after),
        });
        const { total, nodes, nextCursor } = searchProducts;
        return { total, products: nodes, nextCursor: cursors.write(nextCursor) };
      },
      { required: true, cache: KEPT },
    ),
    facets: part(
      ({ graph, input: { sort, first, after, ...said } }) => graph(ProductFacets, { filter: filterOf(said) }),
      {
        timeout: '1s',
        cache: KEPT,
        shape: ({ searchProducts }) => searchProducts.facets,
      },
    ),
  },
  examples: {
    drinks: {
      summary: 'Cheap drinks',
      input: { text: 'juice', category: ['DRINKS'], maxPrice: 500, sort: 'PRICE_ASC', first: 1 },
      answer: {
        page: {
          total: 3,
          products: [
            {
              upc: '4000042',
              name: 'Apple juice',
              description: 'Cloudy, pressed in the region.',
              category: 'DRINKS',
              price: { amount: 249, currency: 'EUR' },
              inStock: true,
              store: { id: 's1', name: 'Corner Store' },
              averageRating: 4.5,
              reviewCount: 12,
            },
          ],
          nextCursor: 'x0Vd_m2bNDAwMDA0Mg',
        },
        facets: {
          categories: [{ category: 'DRINKS', count: 3 }],
          prices: [{ min: 0, max: 499, count: 3 }],
          inStock: 2,
        },
      },
    },
  },
});

type Said = Omit<z.output<typeof input>, 'sort' | 'first' | 'after'>;

function filterOf({ category, ...others }: Said) {
  return { ...others, categories: category };
}
