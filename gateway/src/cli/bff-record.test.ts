import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Bff } from '../bff/definition.ts';
import { replayBackends, testScreen } from '../bff-testing/index.ts';
import { composeSupergraph } from '../graph/supergraph/compose.ts';
import { type BffRecordOptions, bffRecord } from './bff-record.ts';
import { recordedTerminal } from './testing.fixture.ts';

const PACKAGE = (door: string) => `
import { defineBackends, defineBff, document, json, z } from '${door}';
const backends = defineBackends({
  users: { get: { '/users/{id}': json(), '/gone': json() } },
  lost: { get: { '/x': json() } },
});
const Orders = document('query Orders($user: ID!) { orders(user: $user) { total } }');
const { part, screen } = backends;
const told = backends.takes(z.object({ page: z.int() }));
export default defineBff({
  name: 'm',
  schema: 'type Query { home: Home, open: Open, away: Open, paged: Open } type Home { user: ID } type Open { gone: ID }',
  backends,
  screens: [
    screen({ path: '/home', field: 'home', scopes: ['read'], parts: {
      user: part(({ rest, identity }) => rest.users.get('/users/{id}', { path: { id: identity.subject }, query: { full: true } }), { required: true }),
      orders: part(({ graph, identity }) => graph(Orders, { user: identity.subject })),
      gone: part(({ rest }) => rest.users.get('/gone')),
      pay: part(({ rest }) => rest.users.get('/gone'), { scopes: ['pay'] }),
    } }),
    screen({ path: '/open', field: 'open', parts: { gone: part(({ rest }) => rest.users.get('/gone')) } }),
    screen({ path: '/away', field: 'away', parts: { gone: part(({ rest }) => rest.lost.get('/x')) } }),
    told.screen({ path: '/paged', field: 'paged', parts: { gone: told.part(({ rest }) => rest.users.get('/gone')) } }),
  ],
});
`;

/** A BFF's package, its configuration and its one backend: users, and orders of the graph. */
async function world(t: TestContext) {
  const state = {
    user: { id: '42', name: 'Ada', tier: 'gold' } as Record<string, unknown>,
    asked: [] as string[],
  };
  const server = createServer((request, response) => {
    state.asked.push(`${request.method} ${request.url} as ${request.headers['x-user-id']}`);
    const { url = '' } = request;
    const body = url.startsWith('/graphql') ? { data: { orders: [{ total: 3 }] } } : state.user;
    response.statusCode = url === '/gone' ? 404 : 200;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const folder = mkdtempSync(join(tmpdir(), 'bff-record-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const url = `http://127.0.0.1:${port}`;
  const schema = 'type Query { orders(user: ID!): [Order!]! } type Order { total: Int! }';
  const composed = await composeSupergraph([{ name: 'shop', url: `${url}/graphql`, sdl: schema }]);
  assert.ok('supergraphSdl' in composed, JSON.stringify(composed));
  writeFileSync(join(folder, 'supergraph.graphql'), composed.supergraphSdl);
  const door = pathToFileURL(join(import.meta.dirname, '../bff/index.ts')).href;
  writeFileSync(join(folder, 'm.mjs'), PACKAGE(door));
  const config = join(folder, 'frontdesk.yaml');
  writeFileSync(
    config,
    `graph: { supergraph: ${join(folder, 'supergraph.graphql')} }
upstreams: { users: { url: "${url}" }, shop: { url: "${url}", subgraph: shop } }
bffs: [{ package: ./m.mjs, mount: /m }]
`,
  );
  const run = async (options: Omit<BffRecordOptions, 'config'>) => {
    const terminal = recordedTerminal();
    const code = await bffRecord({ config, ...options }, terminal);
    return { code, out: terminal.stdout(), err: terminal.stderr() };
  };
  const { default: bff }: { default: Bff } = await import(pathToFileURL(join(folder, 'm.mjs')).href);
  return { state, run, bff, out: join(folder, 'home.json'), folder };
}

test('what a screen asked live is replayed, and held against what comes later', async (t) => {
  const { state, run, bff, out } = await world(t);
  const recorded = await run({ screen: 'home', as: '42', out });
  assert.equal(recorded.code, 0, recorded.err);
  assert.match(
    recorded.err,
    /\nhome: part gone failed \(upstream_error\)\nhome: part pay failed \(upstream_error\)\n/,
  );
  assert.match(recorded.err, /3 calls of home, in .*home\.json, where "caller" is who asked/);
  assert.ok(state.asked.includes('GET /users/42?full=true as 42'), state.asked.join());
  const text = readFileSync(out, 'utf8');
  assert.ok(!text.includes('"42"'));

  const before = state.asked.length;
  const screen = bff.screens.find(({ field }) => field === 'home');
  assert.ok(screen);
  const { values, parts } = await testScreen(screen, {
    fakes: replayBackends(bff, out),
    identity: { subject: 'caller' },
  });
  assert.deepEqual(values.user, { id: 'caller', name: 'Ada', tier: 'gold' });
  assert.deepEqual(values.orders, { orders: [{ total: 3 }] });
  assert.equal(parts.gone?.failure, 'upstream_error');
  assert.equal(state.asked.length, before);

  const again = await run({ screen: 'home', as: '42' });
  assert.equal(again.out, text, 'the same calls give the same text');

  const held = await run({ check: out, as: '42' });
  assert.deepEqual([held.code, held.out], [0, `${out}: 3 calls as recorded\n`]);
  state.user = { id: '42', name: 7 };
  const drifted = await run({ check: out, as: '42' });
  assert.deepEqual(
    [drifted.code, drifted.out.split('\n')],
    [
      1,
      [
        `${out}: 2 drifts in 3 calls`,
        '  users GET /users/{id} /name: string, now number',
        '  users GET /users/{id} /tier: string, now absent',
        '',
      ],
    ],
  );
  const whose = await run({ check: out });
  assert.equal(whose.code, 2);
  assert.match(whose.err, /home\.json: "caller" stands in it for who asked: --as SUBJECT/);
});

test('a backend that is away is a drift, and does not hide the others', async (t) => {
  const { state, run, out } = await world(t);
  assert.equal((await run({ screen: 'home', as: '42', out })).code, 0);
  const recording = JSON.parse(readFileSync(out, 'utf8'));
  const { calls } = recording;
  calls.push(
    { to: 'lost GET /x', asked: { path: {}, query: {} }, answer: {} },
    { to: 'users POST /users', asked: { path: {}, query: {} }, answer: {} },
    { to: 'graph Old', asked: {}, answer: {} },
  );
  writeFileSync(out, JSON.stringify(recording));
  state.user = { id: '42', name: 'Ada' };
  const { code, out: told } = await run({ check: out, as: '42' });
  assert.equal(code, 1);
  assert.match(told, /: 3 drifts in 5 calls \(1 that may change something: not asked\)\n/);
  assert.match(told, /\n {2}users GET \/users\/\{id\} \/tier: string, now absent\n/);
  assert.match(told, /\n {2}lost GET \/x: the configuration has no upstream lost \(it has .*users/);
  assert.match(told, /\n {2}graph Old: the recording has not the text of this operation: record it anew\n/);
  assert.ok(!state.asked.some((line) => line.startsWith('POST /users')));
});

test('nobody may ask for what is public; a caller of few scopes gets few parts', async (t) => {
  const { state, run } = await world(t);
  const open = await run({ screen: 'open' });
  assert.equal(open.code, 0, open.err);
  assert.deepEqual(
    JSON.parse(open.out).calls.map(({ to, status }: { to: string; status: number }) => [to, status]),
    [['users GET /gone', 404]],
  );
  assert.deepEqual(state.asked, ['GET /gone as undefined']);
  assert.match((await run({ screen: 'home' })).err, /home: it asks who the caller is: --as SUBJECT says so/);
  const few = await run({ screen: 'home', as: '42', scope: ['read'] });
  assert.match(few.err, /home: part pay failed \(insufficient_scope\)/);
});

test('whatever is wrong is said with what would be right, and nothing is written', async (t) => {
  const { run, folder, out } = await world(t);
  const say = async (options: Parameters<typeof run>[0], code: number, text: RegExp) => {
    const told = await run(options);
    assert.match(told.err, text);
    assert.deepEqual([told.code, told.out], [code, ''], told.err);
  };
  await say({}, 2, /--screen FIELD: which screen/);
  await say({ screen: 'home', scope: ['a'] }, 2, /--scope: of whom\? --as SUBJECT/);
  await say({ check: out, screen: 'home', out }, 2, /goes without --screen, --out/);
  await say({ screen: 'hom' }, 1, /--screen hom: it is no screen; screens of m are home, open, away, paged/);
  await say({ screen: 'home', bff: '/n' }, 1, /\.\/m\.mjs at \/m/);
  await say({ screen: 'paged', input: '[1]' }, 1, /--input: expected a JSON object .*, not \[1\]/);
  await say(
    { screen: 'paged', input: '{"page": "x"}' },
    1,
    /paged: .*\(invalid_request\)\n {2}--input \/page: /,
  );
  await say(
    { screen: 'away', out },
    1,
    /nothing is recorded, .*\n {2}lost GET \/x: the configuration has no upstream lost/,
  );
  assert.throws(() => readFileSync(out), /ENOENT/);
  const package_ = join(folder, 'm.mjs');
  await say({ check: package_ }, 1, /--check .*m\.mjs: .*; expected what bff record wrote/s);
});
