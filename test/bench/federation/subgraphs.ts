/**
 * The four subgraphs of the federation benchmark, as one program: `node subgraphs.ts PORT`. Each distinct request body
 * is executed once and its answer's bytes are remembered, so that gateways are what a run measures.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, graphql, parse } from 'graphql';

interface Review {
  readonly id: string;
  readonly body: string;
  readonly authorId: string;
  readonly productUpc: string;
}

const FIRST_NAMES = ['Uri', 'Dotan', 'Kamil', 'Saihaj', 'Laurin', 'Denis'];
const SENTENCE =
  'It came in time, it does what the label says, and after a month of daily use there is nothing to complain of. ';
const SHORTEST_BODY = 145;
const LONGEST_BODY = 850;
const REVIEW_COUNT = 11;
/** A few people review a few products, so that entities recur in a deep answer: 89 KB in all. */
const AUTHORS = 3;
const REVIEWED = 7;

const users = FIRST_NAMES.map((name, i) => ({
  id: String(i + 1),
  name: `${name} Example`,
  username: `${name.toLowerCase()}${i + 1}`,
  birthday: 1_980 + i,
}));
const products = ['Table', 'Couch', 'Glass', 'Chair', 'Lamp', 'Trilby', 'Fork', 'Rug', 'Shelf'].map(
  (name, i) => ({
    upc: String(i + 1),
    name,
    price: 100 + 137 * i,
    weight: 40 + 31 * i,
    inStock: i % 3 !== 0,
  }),
);
const reviews: readonly Review[] = Array.from({ length: REVIEW_COUNT }, (_, i) => {
  const length = SHORTEST_BODY + Math.round(((LONGEST_BODY - SHORTEST_BODY) * i) / (REVIEW_COUNT - 1));
  return {
    id: String(i + 1),
    body: SENTENCE.repeat(Math.ceil(length / SENTENCE.length)).slice(0, length),
    authorId: String((i % AUTHORS) + 1),
    productUpc: String((i % REVIEWED) + 1),
  };
});

const reviewOf = ({ id, body, authorId, productUpc }: Review) => ({
  id,
  body,
  author: { id: authorId, username: users[Number(authorId) - 1]?.username },
  product: { upc: productUpc },
});
const productByUpc = new Map(products.map((product) => [product.upc, product]));
/** More products than anybody sells: for long lists. They repeat the few. */
const catalogue = (first: number) =>
  Array.from({ length: first }, (_, i) => ({ ...products[i % products.length], upc: String(i + 1) }));
const userById = new Map(users.map((user) => [user.id, user]));

interface WithWeight {
  readonly upc: string;
  readonly price?: number;
  readonly weight?: number;
}

const RESOLVERS = {
  accounts: {
    Query: { me: () => users[0], users: () => users },
    User: { __resolveReference: ({ id }: { id: string }) => userById.get(id) },
  },
  products: {
    Query: {
      topProducts: (_: unknown, { first }: { first: number }) => products.slice(0, first),
      catalogue: (_: unknown, { first }: { first: number }) => catalogue(first),
    },
    Product: { __resolveReference: ({ upc }: { upc: string }) => productByUpc.get(upc) },
  },
  inventory: {
    Product: {
      __resolveReference: (reference: WithWeight) => ({
        ...reference,
        inStock: productByUpc.get(reference.upc)?.inStock,
      }),
      shippingEstimate: ({ price = 0, weight = 0 }: WithWeight) =>
        price > 1_000 ? 0 : Math.round(weight / 2),
    },
  },
  reviews: {
    User: {
      reviews: ({ id }: { id: string }) => reviews.filter(({ authorId }) => authorId === id).map(reviewOf),
    },
    Product: {
      reviews: ({ upc }: { upc: string }) =>
        reviews.filter(({ productUpc }) => productUpc === upc).map(reviewOf),
    },
  },
};

const schemas = new Map<string, GraphQLSchema>(
  Object.entries(RESOLVERS).map(([name, resolvers]) => {
    const typeDefs = parse(readFileSync(join(import.meta.dirname, `${name}.graphql`), 'utf8'));
    return [`/${name}`, buildSubgraphSchema({ typeDefs, resolvers })];
  }),
);
const remembered = new Map<string, Promise<Buffer>>();

async function execute(path: string, body: string): Promise<Buffer> {
  const schema = schemas.get(path);
  if (!schema) return Buffer.from('{"errors":[{"message":"no such subgraph"}]}');
  const { query, variables }: { query: string; variables?: Record<string, unknown> } = JSON.parse(body);
  return Buffer.from(JSON.stringify(await graphql({ schema, source: query, variableValues: variables })));
}

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const path = request.url ?? '/';
  const key = `${path}\n${body}`;
  let answer = remembered.get(key);
  if (!answer) {
    answer = execute(path, body);
    remembered.set(key, answer);
  }
  const bytes = await answer;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
});
server.keepAliveTimeout = 120_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
