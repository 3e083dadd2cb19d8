/** The subgraph `products`: the catalogue and its stores. */
import { CATEGORIES, type Category, type Product, type Store } from '../data/types.ts';
import { badUserInput, type PageArgs, page } from './arguments.ts';
import { type GraphContext, keyOf, type SubgraphModule } from './module.ts';
import { type ProductSearchArgs, searchProducts } from './product-search.ts';

const MAX_PRODUCTS = 500;
const MAX_STORES = 100;
const MAX_FOUND = 50;

interface ProductsArgs extends PageArgs {
  readonly after?: string | null;
  readonly category?: Category | null;
}

function listProducts(_: unknown, args: ProductsArgs, { data }: GraphContext): readonly Product[] {
  const list = args.category ? data.productsByCategory.get(args.category) : data.products.values().toArray();
  if (args.after === null || args.after === undefined) return page(list, args, 20, MAX_PRODUCTS);
  const at = list.findIndex((product) => product.upc === args.after);
  if (at < 0) throw badUserInput("'after' is not a product of this list");
  return page(list.slice(at + 1), args, 20, MAX_PRODUCTS);
}

function search(
  _: unknown,
  args: PageArgs & { text: string },
  { data }: GraphContext,
): readonly (Product | Store)[] {
  const text = args.text.trim().toLowerCase();
  if (text === '') throw badUserInput("'text' must not be empty");
  const named = (thing: Product | Store) => thing.name.toLowerCase().includes(text);
  const found = [...data.stores.values().filter(named), ...data.products.values().filter(named)];
  return page(found, args, 10, MAX_FOUND);
}

export const products: SubgraphModule = {
  name: 'products',
  resolvers: {
    Query: {
      product: (_: unknown, { upc }: { upc: string }, { data }) => data.products.get(upc) ?? null,
      products: listProducts,
      topProducts: (_: unknown, args: PageArgs, { data }) => page(data.bestSellers, args, 5, 100),
      store: (_: unknown, { id }: { id: string }, { data }) => data.stores.get(id) ?? null,
      stores: (_: unknown, args: PageArgs, { data }) =>
        page(data.stores.values().toArray(), args, 20, MAX_STORES),
      search,
      searchProducts: (_: unknown, args: ProductSearchArgs, { data }) => searchProducts(data, args),
      shelves: (_: unknown, args: PageArgs, { data }) =>
        CATEGORIES.map((category) =>
          page(
            data.bestSellers.filter((product) => product.category === category),
            args,
            3,
            20,
          ),
        ),
    },
    Product: {
      store: ({ storeId }: Product, _: unknown, { data }) => data.stores.get(storeId) ?? null,
      similar: ({ upc, category }: Product, args: PageArgs, { data }) => {
        const others = data.productsByCategory.get(category).filter((product) => product.upc !== upc);
        return page(others, args, 3, 20);
      },
    },
    Store: {
      products: ({ id }: Store, args: PageArgs, { data }) =>
        page(data.productsByStore.get(id), args, 10, 100),
    },
  },
  references: {
    Product: (reference, { data }) => data.products.get(keyOf(reference, 'upc')) ?? null,
    Store: (reference, { data }) => data.stores.get(keyOf(reference, 'id')) ?? null,
  },
};
