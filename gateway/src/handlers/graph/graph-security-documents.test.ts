/** What hostile documents come to: the cases 106 to 120 of the catalogue of attacks, each by its number. */
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import type { Handler } from '../../core/exchange.ts';
import { AutomaticDocuments } from '../../graph/persisted/automatic.ts';
import { automaticSettingsOf, documentsConfig } from '../../graph/persisted/config.ts';
import { sha256 } from '../../graph/persisted/manifest.ts';
import { type Company, makeCompany } from '../../graph/testing/company.fixture.ts';
import { graphHandler } from './graph.ts';
import { type GraphAnswer, got, posted, sendToGraph } from './graph-send.fixture.ts';

const STRICT = { accept: 'application/graphql-response+json' };

let company: Company;
let handler: Handler;

async function serve(config: Record<string, unknown>, graph: Parameters<typeof makeCompany>[0] = {}) {
  const made = await makeCompany({ ...graph, config: { introspection: false, ...config } });
  return { made, handler: graphHandler({ graph: made.graph, maxBodyBytes: 256 * 1024, forward: [] }) };
}

before(async () => {
  const served = await serve({}, { kept: true });
  company = served.made;
  handler = served.handler;
});

beforeEach(() => {
  company.calls.length = 0;
});

const many = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => one(i)).join(' ');

function codeOf({ json }: GraphAnswer): string | undefined {
  return json.errors?.[0]?.extensions?.code;
}

/** By POST and by GET: 400, one error or more, no data, no call, and the next request is served. */
async function refused(
  query: string,
  more: Record<string, unknown> = {},
  by: Handler = handler,
): Promise<void> {
  for (const sent of [
    posted({ query, ...more }, { headers: STRICT }),
    got({ query, ...more }, { headers: STRICT }),
  ]) {
    const answer = await sendToGraph(by, sent);
    assert.equal(answer.status, 400, `${query.slice(0, 60)} ${answer.text.slice(0, 200)}`);
    assert.ok(!('data' in answer.json));
    assert.ok(answer.json.errors.length >= 1 && answer.json.errors.length <= 51);
    assert.ok(!/at .*\.[jt]s:|did you mean/i.test(answer.text), answer.text.slice(0, 300));
  }
  assert.equal(company.calls.length, 0);
  const { json } = await sendToGraph(handler, posted({ query: '{ me { id } }' }));
  assert.deepEqual(json, { data: { me: { id: '1' } } });
  company.calls.length = 0;
}

test('H106 depth 11, and depth 20,000', async () => {
  await refused(`{ ${'a { '.repeat(10)}b${' }'.repeat(10)} }`);
  await refused(`{ ${'a{'.repeat(20_000)}${'}'.repeat(20_000)} }`);
});

test('H107 literals of lists and objects, 5,000 deep, and below the limit on tokens', async () => {
  await refused(`{ people(ids: ${'['.repeat(5000)}${']'.repeat(5000)}) { id } }`);
  await refused(`{ people(deep: ${'{a:'.repeat(5000)}1${'}'.repeat(5000)}) { id } }`);
  await refused(`{ people(ids: ${'['.repeat(400)}${']'.repeat(400)}) { id } }`);
  const { handler: open } = await serve({ limits: { tokens: 1_000_000 } });
  await refused(`{ people(ids: ${'['.repeat(100_000)}${']'.repeat(100_000)}) { id } }`, {}, open);
});

test('H108 1,001 tokens', async () => {
  await refused(`{ me { ${many(998, () => 'id')} } }`);
});

test('H109 overlapping inline fragments', async () => {
  await refused(`{ me { ${many(800, (i) => `...on User{${i % 2 ? 'id' : 'name'}}`)} } }`);
  const nested = (depth: number): string =>
    depth === 0 ? 'id' : `...{${nested(depth - 1)} ${nested(depth - 1)}}`;
  await refused(`{ me { ${nested(7)} ${nested(7)} ${nested(7)} } }`);
});

test('H110 31 aliases, 21 root fields, 4,000 repeated leaves', async () => {
  await refused(`{ me { ${many(31, (i) => `a${i}: id`)} } }`);
  await refused(`{ ${many(21, () => 'me { id }')} }`);
  await refused(`{ me { ${many(4000, () => 'id')} } }`);
  await refused(`{ me { ...F ...F ...F } } fragment F on User { ${many(800, () => 'id')} }`);
});

test('H111 unknown directives', async () => {
  await refused(`{ me { id ${many(10_000, () => '@a')} } }`);
  await refused(`{ me { id ${many(51, () => '@a')} } }`);
  await refused('{ me { id @unknown } }');
});

test('H112 fragments in circles, in chains, and doubling', async () => {
  await refused('{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }');
  const chain = many(1000, (i) => `fragment F${i} on User { ...F${i + 1} }`);
  await refused(`{ me { ...F0 } } ${chain} fragment F1000 on User { id }`);
  const doubling = many(40, (i) => `fragment F${i} on User { ...F${i + 1} ...F${i + 1} }`);
  await refused(`{ me { ...F0 } } ${doubling} fragment F40 on User { id }`);
  // What is left of planners' bombs is bounded by their budget: see the tests of the planner's queue.
  const products = many(9, (i) => `fragment P${i} on Product { related { ...P${i + 1} ...Q${i} } }`);
  const more = many(9, (i) => `fragment Q${i} on Product { reviews { product { ...P${i + 1} } } }`);
  await refused(`{ topProducts { ...P0 } } ${products} ${more} fragment P9 on Product { inStock }`);
});

test('H113 costs over the budget, and lists that nobody can want', async () => {
  const nested = (depth: number): string => (depth === 0 ? 'id' : `id friends { ${nested(depth - 1)} }`);
  await refused(`{ users { ${nested(5)} } }`);
  await refused('{ topProducts(first: 1000000000) { upc } }');
  await refused('{ topProducts(first: -1) { upc } }');
  const query = 'query($n: Int) { topProducts(first: $n) { upc } }';
  for (const n of [1e9, 1001, -1]) await refused(query, { variables: { n } });
  const { handler: poor } = await serve({ limits: { cost: 6 } });
  const dear = await sendToGraph(poor, posted({ query, variables: { n: 7 } }));
  assert.deepEqual([dear.status, codeOf(dear)], [400, 'COST_LIMIT_EXCEEDED']);
  assert.equal((await sendToGraph(poor, posted({ query, variables: { n: 6 } }))).status, 200);
});

test('H114 arrays of operations', async () => {
  const answer = await sendToGraph(handler, posted([{ query: '{ me { id } }' }]));
  assert.deepEqual([answer.status, codeOf(answer)], [400, 'BAD_REQUEST']);
});

test('H115 several operations and no name, or one that is not there', async () => {
  const query = 'query A { me { id } } query B { me { name } }';
  await refused(query);
  await refused(query, { operationName: 'C' });
  const named = await sendToGraph(handler, posted({ query, operationName: 'B' }));
  assert.equal(named.status, 200);
});

test('H116 introspection by alias, fragment, line breaks, by GET and POST', async () => {
  for (const query of [
    '{ __schema { types { name } } }',
    '{ x: __schema { types { name } } }',
    '{ __type(name: "User") { fields { name } } }',
    '{ ...F } fragment F on Query { y: __type(name: "User") { name } }',
    '{ ... { ... on Query { __schema { queryType { name } } } } }',
    '{\n#\r\n\t__schema\n\n{ queryType\n{ name } } }',
    '{ \uFEFF__schema { queryType { name } } }',
  ]) {
    await refused(query);
  }
  const own = await sendToGraph(handler, posted({ query: '{ __typename me { __typename } }' }));
  assert.deepEqual(own.json, { data: { __typename: 'Query', me: { __typename: 'User' } } });
});

test('H117 no suggestion tells a name of the schema', async () => {
  await refused('{ mee { id } }');
  await refused('{ me { emai } }');
  await refused('{ me { ... on Use { id } } }');
  await refused('{ topProducts(firs: 1) { upc } }');
  await refused('query($w: Wh) { people(deep: $w) { id } }');
  await refused('query($w: Who) { people(deep: $w) { id } }', { variables: { w: { rol: 'ADMIN' } } });
  await refused('query($w: Who) { people(deep: $w) { id } }', { variables: { w: { role: 'ADMI' } } });
});

const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

test('H118 a persisted query whose hash is not its own is an error and is not kept', async () => {
  const automatic = new AutomaticDocuments(automaticSettingsOf(documentsConfig.parse({})) ?? assert.fail());
  const { handler: keeping } = await serve({}, { graph: { automatic } });
  const [good, bad] = ['{ me { id } }', '{ me { name } }'];
  const extensions = persisted(sha256(good));
  const unknown = await sendToGraph(keeping, posted({ extensions }));
  assert.deepEqual([unknown.status, codeOf(unknown)], [200, 'PERSISTED_QUERY_NOT_FOUND']);
  assert.equal((await sendToGraph(keeping, posted({ extensions }, { headers: STRICT }))).status, 404);
  const forged = await sendToGraph(keeping, posted({ query: bad, extensions }));
  assert.deepEqual([forged.status, codeOf(forged)], [400, 'PERSISTED_QUERY_HASH_MISMATCH']);
  assert.equal(automatic.size, 0);
  // Nor is a text that is no valid document.
  const invalid = '{ nothing }';
  await sendToGraph(keeping, posted({ query: invalid, extensions: persisted(sha256(invalid)) }));
  assert.equal(automatic.size, 0);
  await sendToGraph(keeping, posted({ query: good, extensions }));
  const known = await sendToGraph(keeping, got({ extensions }));
  assert.deepEqual(known.json, { data: { me: { id: '1' } } });
  assert.equal(known.headers.get('cache-control'), 'no-store');
});

test('H119 a flood of persisted queries forgets the oldest, and never a registered one', async () => {
  const automatic = new AutomaticDocuments(
    automaticSettingsOf(documentsConfig.parse({ automatic: { max: 10 } })) ?? assert.fail(),
  );
  const registered = [{ id: 'mine', text: '{ me { name } }', operationName: undefined }];
  const { handler: flooded } = await serve({ cache: 10 }, { graph: { automatic, registered } });
  for (let i = 0; i < 50; i += 1) {
    const query = `query Q${i} { __typename }`;
    await sendToGraph(flooded, posted({ query, extensions: persisted(sha256(query)) }));
  }
  assert.equal(automatic.size, 10);
  const mine = await sendToGraph(flooded, posted({ documentId: 'mine' }));
  assert.deepEqual(mine.json, { data: { me: { name: 'User 1' } } });
});

test('H120 where registered documents alone are served, no free text is', async () => {
  const registered = [{ id: 'mine', text: '{ me { id } }', operationName: undefined }];
  const { handler: only } = await serve({ documents: { only: 'registered' } }, { graph: { registered } });
  const query = '{ me { id } }';
  for (const sent of [
    posted({ query }),
    got({ query }),
    posted({ query, extensions: {} }),
    posted({ query: '{ me { name } }', extensions: persisted(sha256('{ me { name } }')) }),
    posted({ documentId: 'mine', query: '{ me { name } }' }),
    posted({ documentId: 'other' }),
  ]) {
    const answer = await sendToGraph(only, sent);
    assert.equal(answer.status, 400, answer.text);
    assert.ok(!('data' in answer.json));
  }
  for (const sent of [posted({ documentId: 'mine' }), got({ documentId: 'mine' }), posted({ id: 'mine' })]) {
    assert.deepEqual((await sendToGraph(only, sent)).json, { data: { me: { id: '1' } } });
  }
});
