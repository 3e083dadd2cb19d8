import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testContext } from '../testing/company.fixture.ts';
import { makeSmallGraph, type SmallGraph, type SmallSubgraph } from '../testing/small-graph.fixture.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.8",
  import: ["@key", "@context", "@fromContext", "@shareable"])\n`;

const item = (id: string) => ({ __typename: 'Item', id });
const shop = (id: string, currency: string | null) => ({
  __typename: 'Shop',
  id,
  currency,
  region: { code: `R${id}` },
  items: [item('1'), item('2'), null],
  boxes: [[{ items: [item('1')] }], []],
});

const SUBGRAPHS: Readonly<Record<string, SmallSubgraph>> = {
  shops: {
    sdl: `${LINK}
      type Query { shops: [Shop] office: Office holders: [Holder!]! broken: [Shop] }
      union Holder = Shop | Office
      type Shop @key(fields: "id") @context(name: "money") {
        id: ID! currency: String region: Region items: [Item] boxes: [[Box!]!]
      }
      type Office @key(fields: "id") @context(name: "money") { id: ID! tender: String region: Region items: [Item] }
      type Region { code: String } type Box { items: [Item!] }
      type Item @key(fields: "id") { id: ID!
        price(in: String @fromContext(field: "$money ... on Shop { currency } ... on Office { tender }"), digits: Int = 0): String
        zone(of: String @fromContext(field: "$money { region { code } }")): String }`,
    resolvers: {
      Query: {
        shops: () => [shop('a', 'EUR'), shop('b', 'USD'), shop('c', 'EUR'), shop('d', null)],
        office: () => ({ __typename: 'Office', id: 'o', tender: 'GBP', region: null, items: [item('1')] }),
        holders: () => [
          shop('a', 'EUR'),
          { __typename: 'Office', id: 'o', tender: 'GBP', region: { code: 'RO' }, items: [item('1')] },
        ],
        broken: () => [
          { ...shop('x', 'EUR'), currency: () => Promise.reject(new Error('no')) },
          shop('b', 'USD'),
        ],
      },
      Item: {
        __resolveReference: ({ id }: { id: string }) => item(id),
        price: ({ id }: { id: string }, args: { in?: string; digits: number }) =>
          `${id} ${args.in} ${args.digits}`,
        zone: ({ id }: { id: string }, args: { of?: string }) => `${id} ${args.of}`,
      },
    },
  },
  names: {
    sdl: `${LINK} type Item @key(fields: "id") { id: ID! name: String }`,
    resolvers: { Item: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `item ${id}` }) } },
  },
};

let small: SmallGraph;
before(async () => {
  small = await makeSmallGraph(SUBGRAPHS);
});
after(() => small.graph.close());

async function ask(query: string, variables: Record<string, unknown> = {}): Promise<unknown> {
  small.calls.length = 0;
  const { body } = await small.graph.execute({ query, variables, context: testContext() });
  return JSON.parse(body);
}

test('an argument takes its value from the object above, whatever list it stands in', async () => {
  const answer = await ask('query($d: Int) { shops { currency: id items { p: price(digits: $d) name } } }', {
    d: 2,
  });
  const items = (id: string, currency: string | null) => ({
    currency: id,
    items: [{ p: `1 ${currency} 2`, name: 'item 1' }, { p: `2 ${currency} 2`, name: 'item 2' }, null],
  });
  assert.deepEqual(answer, {
    data: { shops: [items('a', 'EUR'), items('b', 'USD'), items('c', 'EUR'), items('d', null)] },
  });
});

test('entities with equal values are asked for once, and all lists in one request', async () => {
  await ask('{ shops { items { price } } }');
  const fetches = small.calls.filter(({ query }) => query.includes('_entities'));
  assert.equal(fetches.length, 1);
  const { variables, query } = fetches[0] ?? { query: '' };
  assert.match(query, /_entities_0: ?_entities\(representations: ?\$representations_0\)/);
  const lists = Object.entries(Object(variables)).filter(([name]) => name.startsWith('representations'));
  assert.deepEqual(
    lists.map(([, list]) => (Array.isArray(list) ? list.length : 0)),
    [2, 2, 2],
  );
});

test('several fields up, through lists of lists, into objects', async () => {
  const answer = await ask('{ shops { boxes { items { price zone } } } }');
  assert.deepEqual(Reflect.get(Object(answer), 'data').shops[1], {
    boxes: [[{ items: [{ price: '1 USD 0', zone: '1 Rb' }] }], []],
  });
});

test('each type of a context has its own way to the value', async () => {
  assert.deepEqual(
    await ask(
      '{ office { items { price zone } } holders { ... on Shop { items { price } } ... on Office { items { price } } } }',
    ),
    {
      data: {
        office: { items: [{ price: '1 GBP 0', zone: '1 null' }] },
        holders: [
          { items: [{ price: '1 EUR 0' }, { price: '2 EUR 0' }, null] },
          { items: [{ price: '1 GBP 0' }] },
        ],
      },
    },
  );
});

test('a value that failed fails what depends on it, and nothing else', async () => {
  const answer = Object(await ask('{ broken { id items { id price name } } }'));
  assert.deepEqual(answer.data.broken[1].items[0], { id: '1', price: '1 USD 0', name: 'item 1' });
  assert.deepEqual(answer.data.broken[0].items[0], { id: '1', price: null, name: 'item 1' });
  assert.deepEqual(
    answer.errors.map(({ path }: { path: unknown }) => path),
    [
      ['broken', 0, 'items', 0, 'price'],
      ['broken', 0, 'items', 1, 'price'],
    ],
  );
});

test("Hive's planner alone cannot serve contexts: that is said when the supergraph is loaded", async () => {
  await assert.rejects(makeSmallGraph(SUBGRAPHS, { config: { planner: 'hive' } }), {
    detail: /@fromContext/,
  });
});
