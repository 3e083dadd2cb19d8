import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { type Company, makeCompany } from './testing/company.fixture.ts';

/** Data, order of keys and error paths must be those of one ordinary server. */
async function same(company: Company, query: string, variables: Record<string, unknown> = {}): Promise<void> {
  const { body } = await company.graph.execute({ query, variables, context: company.context() });
  const theirs = await company.monolith(query, variables);
  const ours = JSON.parse(body);
  assert.equal(JSON.stringify(ours.data), JSON.stringify(theirs.data), `${query} ${body}`);
  const paths = (errors: readonly { path?: unknown }[] | undefined) =>
    errors?.map(({ path }) => JSON.stringify(path)).sort();
  assert.deepEqual(paths(ours.errors), paths(theirs.errors), query);
}

const QUERIES: Readonly<Record<string, string>> = {
  'a query over five subgraphs':
    '{ me { name address { street zip } reviews { body product { name inStock shippingEstimate label related { upc reviews { author { username name home } } } } } } media { title rating } }',
  'the benchmark query': `fragment User on User { id username name } fragment Review on Review { id body }
    fragment Product on Product { inStock name price shippingEstimate upc weight }
    query TestQuery {
      users { ...User reviews { ...Review product { ...Product reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } } } } }
      topProducts { ...Product reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } } }
    }`,
  '@requires, nested': '{ topProducts(first: 9) { label } product(upc: "p2") { label shippingEstimate } }',
  '@provides': '{ latest { author { username } } }',
  'an interface over two subgraphs':
    '{ media { __typename title rating ... on Book { pages critic { name } } ... on Film { minutes } } favourite { id } picks { id title } }',
  'a union with entities of other subgraphs':
    '{ search(q: "x") { __typename ... on User { id name address { zip } } ... on Product { name price } ... on Book { title rating } ... on Film { rating } } }',
  'an interface object':
    '{ things { id kind score ... on Chair { legs } } bestThing { score kind __typename } }',
  'lists of lists':
    '{ shelves { id rating owner { name best { id } } } me { matrix { id home friends { nickname } } } }',
  'aliases everywhere':
    '{ a: me { id: name name: id x: __typename n: name(upper: true) } __typename: me { __typename: id } }',
  'an alias that is the name of a key':
    '{ media { ... on Book { id: critic { name } } } latest { product { upc: name price: inStock shippingEstimate } } }',
  'aliases that are names of properties':
    '{ __proto__: me { constructor: name toString: id __proto__: reviews { hasOwnProperty: body } } constructor: topProducts { valueOf: inStock } }',
  'the same entity with different arguments on different paths':
    '{ a: users { best { r: reviews(first: 1) { id } n: name } } b: users { best { r: reviews { id } n: name(upper: true) } } }',
  'errors and nulls':
    '{ users { id boom motto } strict: user(id: 3) { friends { motto boom } } nobody: user(id: 99) { reviews { id } } }',
  'enums, numbers, custom scalars, strings to escape':
    '{ users { role birthday ratio active meta tags username nickname } }',
  'the type of the root': '{ __typename t: __typename me { __typename } }',
  'keys that are null for some': '{ me { best { best { best { best { id address { zip } } } } } } }',
  introspection:
    '{ __schema { queryType { name } } me { id } t: __type(name: "User") { name fields { name } } }',
};

/** One for all that only read: starting a planner takes longer than asking it. */
let reading: Promise<Company> | undefined;

for (const [name, query] of Object.entries(QUERIES)) {
  test(`as one server: ${name}`, async () => {
    reading ??= makeCompany({ kept: true });
    await same(await reading, query);
  });
}

test('as one server: conditions, every combination', async () => {
  const company = await makeCompany();
  const query = `query($a: Boolean!, $b: Boolean = true) {
    me @include(if: $a) { id ...F @skip(if: $b) friends @include(if: $b) { id name @skip(if: $a) } }
    topProducts @skip(if: $a) { upc ... @include(if: $b) { inStock } } __typename @include(if: $a)
  } fragment F on User { reviews { id product { name @include(if: $a) upc @skip(if: true) } } home }`;
  for (const variables of [
    { a: true, b: true },
    { a: true, b: false },
    { a: false, b: true },
    { a: false, b: false },
    { a: true },
  ]) {
    await same(company, query, variables);
  }
  await same(company, '{ me { name @skip(if: true) friends { id @include(if: false) } } }');
  await same(company, 'query($a: Boolean!) { me @skip(if: $a) { id } }', { a: true });
});

test('as one server: variables of all kinds', async () => {
  const company = await makeCompany();
  const query =
    'query($ids: [ID!]! = ["2"], $role: Role, $n: Int = 1) { people(ids: $ids, deep: { role: $role, names: ["x"] }) { id role reviews(first: $n) { id } } }';
  for (const variables of [
    {},
    { ids: ['1', 4] },
    { ids: '1', role: 'ADMIN' },
    { ids: ['1'], role: null, n: null },
  ]) {
    await same(company, query, variables);
  }
});

test('as one server: mutations, one after another', async () => {
  const company = await makeCompany();
  const query = `mutation { a: rename(id: 1, name: "X") { name address { zip } } b: addReview(upc: "p1", body: "one") { id author { name username } product { name inStock } }
    c: rename(id: 1, name: "Y") { name reviews { id } } d: addReview(upc: "p1", body: "two") { id } }`;
  await same(company, query);
  const operations = company.calls.map(({ body, request }) => [
    JSON.parse(body).query.startsWith('mutation'),
    request.idempotent,
  ]);
  assert.ok(operations.some(([isMutation]) => isMutation));
  for (const [isMutation, idempotent] of operations) assert.equal(idempotent, !isMutation);
  await same(company, 'mutation { setRole(id: 77, role: ADMIN) { id } }');
});

test('objects and text hold the same answer', async () => {
  const company = await makeCompany();
  for (const query of Object.values(QUERIES)) {
    const text = await company.graph.execute({ query, context: company.context() });
    const object = await company.graph.executeObject({ query, context: company.context() });
    assert.deepEqual(JSON.parse(text.body), JSON.parse(JSON.stringify(object)));
    assert.equal(text.errors, object.errors?.length ?? 0);
  }
});

test('nothing is fetched for introspection and the type of the root', async () => {
  const company = await makeCompany();
  await same(company, '{ __typename __schema { types { name } } }');
  assert.equal(company.calls.length, 0);
});

test('past the deadline the answer holds what there is; when the client left there is none', async () => {
  for (const code of ['deadline_exceeded', 'client_closed'] as const) {
    const context = (await makeCompany()).context();
    const company = await makeCompany({
      misbehave: async (name) => {
        if (name !== 'inventory') return undefined;
        context.cancellation.cancel(new FrontdeskError(code));
        throw new FrontdeskError(code);
      },
    });
    const answer = company.graph.execute({ query: '{ topProducts(first: 1) { upc inStock } }', context });
    if (code === 'client_closed') {
      await assert.rejects(answer, { code });
    } else {
      const { body } = await answer;
      assert.deepEqual(JSON.parse(body), {
        errors: [
          {
            message: 'The deadline passed',
            path: ['topProducts', 0, 'inStock'],
            extensions: { code: 'DEADLINE_EXCEEDED' },
          },
        ],
        data: { topProducts: [{ upc: 'p1', inStock: null }] },
      });
    }
  }
});

test('an operation that cannot be served is an answer, in either form', async () => {
  const company = await makeCompany();
  const request = { query: '{ nothing }', context: company.context() };
  const text = await company.graph.execute(request);
  assert.equal(text.refusal?.status, 400);
  const object = await company.graph.executeObject(request);
  assert.deepEqual(Object.keys(object), ['errors']);
  assert.deepEqual(JSON.parse(text.body), JSON.parse(JSON.stringify(object)));
  await assert.rejects(company.graph.plan('{ nothing }'), {
    code: 'invalid_query',
    detail: /Cannot query field/,
  });
});
