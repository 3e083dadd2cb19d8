/** What hostile requests and answers come to: the cases 121 to 128 of the catalogue of attacks, each by its number. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import type { Handler } from '../../core/exchange.ts';
import { type Misbehave, makeCompany } from '../../graph/testing/company.fixture.ts';
import { graphHandler } from './graph.ts';
import { type GraphAnswer, got, posted, sendToGraph } from './graph-send.fixture.ts';

const STRICT = { accept: 'application/graphql-response+json' };
const ME = '{ me { id } }';

async function serve(misbehave?: Misbehave) {
  const company = await makeCompany(misbehave ? { misbehave } : {});
  const handler = graphHandler({ graph: company.graph, maxBodyBytes: 4 * 1024 * 1024, forward: [] });
  return { company, handler };
}

const codeOf = ({ json }: GraphAnswer): string | undefined => json.errors?.[0]?.extensions?.code;

async function statuses(handler: Handler, sent: Parameters<typeof sendToGraph>[1][], status: number) {
  for (const one of sent) {
    const answer = await sendToGraph(handler, one);
    assert.equal(answer.status, status, `${JSON.stringify(one)} ${answer.text}`);
    assert.ok(!('data' in answer.json));
  }
}

test('H121 a mutation by GET, and a GET with another content type', async () => {
  const { handler, company } = await serve();
  const mutation = 'mutation { rename(id: 1, name: "x") { id } }';
  const answer = await sendToGraph(handler, got({ query: mutation }));
  assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'POST']);
  // Seen before by POST, it is refused by GET all the same.
  await sendToGraph(handler, posted({ query: mutation }));
  company.calls.length = 0;
  await statuses(
    handler,
    [
      got({ query: mutation }),
      got({ query: `query A ${ME} ${mutation.replace('mutation', 'mutation B')}`, operationName: 'B' }),
    ],
    405,
  );
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ' ;', 'x']) {
    await statuses(handler, [got({ query: ME }, { headers: { 'content-type': type } })], 415);
  }
  assert.equal(company.calls.length, 0);
});

test('H122 forms, plain text and multipart, which a foreign page may post unasked', async () => {
  const { handler } = await serve();
  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain',
    'text/plain; application/json',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/jsonx',
    '',
  ]) {
    await statuses(handler, [posted({ query: ME }, { headers: { 'content-type': type } })], 415);
  }
  await statuses(handler, [{ ...posted({ query: ME }), headers: {} }], 415);
});

test("H122 a browser's GET for a page of another site needs a header that it had to ask for", async () => {
  const { handler } = await serve();
  for (const site of ['cross-site', 'same-site']) {
    await statuses(handler, [got({ query: ME }, { headers: { 'sec-fetch-site': site } })], 400);
    for (const asked of [{ 'content-type': 'application/json' }, { 'apollo-require-preflight': '1' }]) {
      const answer = await sendToGraph(
        handler,
        got({ query: ME }, { headers: { 'sec-fetch-site': site, ...asked } }),
      );
      assert.equal(answer.status, 200);
    }
  }
  for (const headers of [{}, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }]) {
    assert.equal((await sendToGraph(handler, got({ query: ME }, { headers }))).status, 200);
  }
});

test('H123 variables of a wrong type, too large, null, or far too many', async () => {
  const { handler, company } = await serve();
  const people = 'query($ids: [ID!]!) { people(ids: $ids) { id } }';
  const first = 'query($n: Int) { topProducts(first: $n) { upc } }';
  const user = 'query($id: ID!) { user(id: $id) { id } }';
  const cases: [string, unknown][] = [
    [people, { ids: null }],
    [people, { ids: [null] }],
    [people, {}],
    [people, { ids: { a: 1 } }],
    [people, { ids: Array(200_000).fill({}) }],
    [people, { ids: Array(900).fill({}) }],
    [first, { n: '5' }],
    [first, { n: 1.5 }],
    [first, { n: 2 ** 53 + 2 }],
    [first, { n: true }],
    [user, { id: 2 ** 53 + 2 }],
    [people, { ids: [1, 2 ** 60] }],
    ['query($w: Who) { people(deep: $w) { id } }', { w: { role: 'HIDDEN' } }],
  ];
  for (const [query, variables] of cases) {
    const { status, json, text } = await sendToGraph(
      handler,
      posted({ query, variables }, { headers: STRICT }),
    );
    assert.equal(status, 400, text.slice(0, 200));
    assert.ok(json.errors.length <= 51);
    assert.ok(text.length < 50_000);
  }
  assert.equal(company.calls.length, 0);
  const exact = await sendToGraph(handler, posted({ query: user, variables: { id: '9007199254740993' } }));
  assert.deepEqual(exact.json, { data: { user: null } });
});

test('H124 aliases and variables called __proto__ and constructor are plain names', async () => {
  const { handler, company } = await serve();
  const query = `query($__proto__: ID!, $constructor: Int) {
    __proto__: user(id: $__proto__) { __proto__: name constructor: id home toString: reviews(first: $constructor) { __proto__: body constructor: author { __proto__: username } } }
    constructor: topProducts(first: 2) { __proto__: upc hasOwnProperty: inStock }
  }`;
  const variables = JSON.parse('{"__proto__":"2","constructor":1}');
  const { text, status } = await sendToGraph(
    handler,
    posted(`{"query":${JSON.stringify(query)},"variables":${JSON.stringify(variables)}}`),
  );
  assert.equal(status, 200);
  const whole = await company.monolith(query, variables);
  assert.equal(text, JSON.stringify({ data: whole.data }));
  assert.equal(Reflect.get({}, 'x'), undefined);
  assert.equal(Reflect.get({}, 'constructor'), Object);
});

test('H125 __typename under aliases, in the place of other fields, a hundred times', async () => {
  const { handler, company } = await serve();
  const times = Array.from({ length: 25 }, (_, i) => `t${i}: __typename`).join(' ');
  for (const query of [
    `{ me { id: __typename name: id ${times} reviews { id: __typename author { id: __typename home } } } }`,
    `{ media { title: __typename ... on Book { id: title pages } ... on Film { id: title } } }`,
    `{ me { ${'__typename '.repeat(900)} home } }`,
    '{ things { kind: __typename id: kind score } }',
  ]) {
    const whole = await company.monolith(query);
    const { text } = await sendToGraph(handler, posted({ query }));
    if (whole.errors) assert.match(text, /INVALID_QUERY/);
    else assert.equal(text, JSON.stringify({ data: whole.data }));
  }
  // A field may not take the place of the type's name that planners rely on.
  const query = '{ me { __typename: id home } }';
  const clobbered = await sendToGraph(handler, posted({ query }));
  assert.equal(clobbered.text, JSON.stringify({ data: (await company.monolith(query)).data }));
});

test('H126 what a subgraph says of its inside stays inside', async () => {
  const secrets = 'Error: SELECT * FROM users WHERE password = 1 at /srv/app/db.js:10 (10.0.0.7)';
  const forms: Misbehave[] = [
    async () => ({
      text: JSON.stringify({
        data: null,
        errors: [{ message: secrets, extensions: { stack: secrets, code: secrets } }],
      }),
    }),
    async () => ({ status: 500, contentType: 'text/html', text: secrets }),
    async () => ({ text: `{"data": ${secrets}` }),
    async () => {
      throw new Error(secrets);
    },
  ];
  for (const misbehave of forms) {
    const { handler } = await serve(misbehave);
    const { text, json } = await sendToGraph(handler, posted({ query: '{ me { id home } }' }));
    assert.equal(json.data.me, null);
    assert.ok(json.errors.length >= 1);
    for (const secret of ['SELECT', '/srv', '10.0.0.7', 'password', 'stack'])
      assert.ok(!text.includes(secret), text);
  }
});

test('H127 multipart uploads are off, whatever their map says', async () => {
  const { handler } = await serve();
  const part = (name: string, value: string) =>
    `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  for (const map of [
    '{"0":["__proto__.polluted"]}',
    '{}',
    JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, ['variables.f']]))),
  ]) {
    const body = new WholeBody(`${part('operations', `{"query":"${ME}"}`)}${part('map', map)}--x--`);
    const headers = { 'content-type': 'multipart/form-data; boundary=x', 'apollo-require-preflight': '1' };
    await statuses(handler, [{ headers, body }], 415);
  }
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('H128 parameters that are no text or no map', async () => {
  const { handler } = await serve();
  for (const bad of [
    { query: 1 },
    { query: [ME] },
    { query: { toString: ME } },
    { query: ME, operationName: {} },
    { query: ME, operationName: ['A'] },
    { query: ME, variables: 'x' },
    { query: ME, variables: [] },
    { query: ME, extensions: 'x' },
    { query: ME, extensions: [1] },
    { query: ME, extensions: { persistedQuery: 'x' } },
    { documentId: 7 },
    { id: [] },
    {},
    null,
    [],
    'x',
  ]) {
    const answer = await sendToGraph(handler, posted(JSON.stringify(bad)));
    assert.deepEqual([answer.status, codeOf(answer)], [400, 'BAD_REQUEST'], answer.text);
  }
});
