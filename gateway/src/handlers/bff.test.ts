import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { GraphClient } from '../bff/graph-client.ts';
import { defineBackends, defineBff, document, json } from '../bff/index.ts';
import { Cancellation } from '../core/abort.ts';
import { collect, emptyBody, WholeBody } from '../core/body.ts';
import { systemClock } from '../core/clock.ts';
import { Deadline } from '../core/deadline.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Exchange, Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import { Timeline } from '../core/timeline.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import { type MountBffOptions, mountBff } from './bff.ts';

const schema = `
  type Query { home: Home }
  type Home { user: Card! orders: [String!]! tips: [String!] late: Int }
  type Card { name: String! friend: Card }
`;
const kit = defineBackends({
  users: { get: { '/users/{id}': json<{ name: string; secret: number }>() } },
  tips: { get: { '/tips': json<string[]>() } },
});
const { part, screen } = kit;
const Orders = document<{ orders: string[] }>('query Orders { orders }');

const home = screen({
  path: '/home',
  field: 'home',
  scopes: ['home:read'],
  deadline: '800ms',
  parts: {
    user: part(({ rest, identity }) => rest.users.get('/users/{id}', { path: { id: identity.subject } }), {
      required: true,
      shape: ({ name }) => ({ name }),
    }),
    orders: part(({ graph }) => graph(Orders), { fallback: [], shape: ({ orders }) => orders }),
    tips: part(({ rest }) => rest.tips.get('/tips')),
    late: part(() => 1, { scopes: ['late:read'] }),
  },
});
const bff = defineBff({ name: 'test', schema, backends: kit, screens: [home] });

/** Backends that answer, but for those that are down. */
function backends(down: ReadonlySet<string> = new Set()) {
  const asked: string[] = [];
  const callUpstream: CallUpstream = async ({ upstream }) => {
    asked.push(upstream);
    if (down.has(upstream))
      throw new FrontdeskError('circuit_open', { detail: 'secret-host:4101', retryAfterS: 30 });
    const answer = upstream === 'users' ? { name: 'Ada', secret: 1 } : ['tip'];
    const headers = HeaderFields.of({ 'content-type': 'application/json' });
    return {
      status: 200,
      headers,
      body: new WholeBody(JSON.stringify(answer)),
      settled: new Promise(() => {}),
    };
  };
  const graph: GraphClient = async () => {
    asked.push('graph');
    if (down.has('graph')) throw new FrontdeskError('upstream_connect');
    return { data: { orders: ['o1'] } };
  };
  return { asked, callUpstream, graph };
}

function exchangeOf(
  request: Partial<Pick<Exchange, 'method' | 'query' | 'body' | 'headers'>>,
  scopes: string[],
): Exchange {
  const cancellation = new Cancellation();
  const identity: Identity = {
    subject: 'u1',
    consumer: undefined,
    tenant: undefined,
    plan: undefined,
    scopes: new Set(scopes),
    roles: [],
    scheme: 'jwt',
    claims: {},
    expiresAt: Number.POSITIVE_INFINITY,
  };
  return {
    id: 'r1',
    client: { address: '127.0.0.1', scheme: 'http' },
    host: 'h',
    method: 'GET',
    target: '/',
    path: '/',
    query: '',
    headers: new HeaderFields(),
    body: emptyBody,
    identity,
    route: undefined,
    trace: { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false, state: undefined },
    cancellation,
    deadline: new Deadline(systemClock, cancellation),
    timeline: new Timeline(systemClock.now),
    charge: async () => {},
    error: undefined,
    requestBytes: 0,
    ...request,
  };
}

const disposals: (() => Promise<void>)[] = [];
after(async () => {
  for (const dispose of disposals) await dispose();
});

async function mounted(down: string[] = [], options: Partial<MountBffOptions> = {}) {
  const behind = backends(new Set(down));
  const { routes, dispose } = await mountBff(bff, { mount: '/m', clock: systemClock, ...behind, ...options });
  disposals.push(dispose);
  const route = (path: string) => routes.find((one) => one.path === path) ?? assert.fail(`no route ${path}`);
  const rest = (scopes = ['home:read', 'late:read']) => route('/m/home').handler(exchangeOf({}, scopes));
  const post = (
    body: string,
    headers: Record<string, string> = { 'content-type': 'application/json' },
    scopes = ['home:read', 'late:read'],
  ) =>
    route('/m/graphql').handler(
      exchangeOf({ method: 'POST', body: new WholeBody(body), headers: HeaderFields.of(headers) }, scopes),
    );
  const ask = (query: string, scopes?: string[]) => post(JSON.stringify({ query }), undefined, scopes);
  return { routes, route, rest, post, ask, asked: behind.asked };
}

async function read(reply: Reply) {
  const bytes = await collect(reply.body, 1e6, () => new Error('too large'));
  const text = Buffer.from(bytes).toString();
  return { status: reply.status, headers: reply.headers, text, json: JSON.parse(text) };
}

describe('a mounted BFF', () => {
  it('has a route for each screen, and one for GraphQL', async () => {
    const { routes } = await mounted();
    assert.deepEqual(
      routes.map(({ path, methods, scopes, kind, deadlineMs }) => ({
        path,
        methods,
        scopes,
        kind,
        deadlineMs,
      })),
      [
        { path: '/m/home', methods: ['GET', 'HEAD'], scopes: ['home:read'], kind: 'bff', deadlineMs: 900 },
        { path: '/m/graphql', methods: ['GET', 'POST'], scopes: [], kind: 'bff', deadlineMs: 900 },
      ],
    );
  });

  it('refuses a bad mount and backends that are not configured, all at once', async () => {
    const options = { mount: 'm/', clock: systemClock, upstreams: new Set(['users']), ...backends() };
    await assert.rejects(mountBff(bff, options), (error: Error) => {
      assert.match(error.message, /mount: expected a path/);
      assert.match(error.message, /it reads backend tips, but upstreams has no tips/);
      return true;
    });
  });
});

describe('the REST face', () => {
  it('answers with every part, shaped', async () => {
    const { rest } = await mounted();
    const { status, json, headers } = await read(await rest());
    assert.equal(status, 200);
    assert.deepEqual(json, { user: { name: 'Ada' }, orders: ['o1'], tips: ['tip'], late: 1 });
    assert.equal(headers.has('frontdesk-incomplete'), false);
    assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
  });

  it('names what is missing', async () => {
    const { rest } = await mounted(['tips', 'graph']);
    const { status, json, headers } = await read(await rest(['home:read']));
    assert.equal(status, 200);
    assert.deepEqual(json, { user: { name: 'Ada' }, orders: [], tips: null, late: null });
    assert.equal(headers.get('frontdesk-incomplete'), 'orders, tips, late');
  });

  it('fails with a required part, passing its Retry-After on', async () => {
    const { rest } = await mounted(['users']);
    await assert.rejects(rest(), { code: 'part_failed', retryAfterS: 30 });
  });

  it('refuses who lacks a scope', async () => {
    const { rest } = await mounted();
    await assert.rejects(rest([]), { code: 'insufficient_scope' });
  });
});

describe('the GraphQL face', () => {
  it('fetches the selected parts alone', async () => {
    const { ask, asked } = await mounted();
    const { json, status } = await read(
      await ask('{ a: home { ...F } home { tips @skip(if: true) } } fragment F on Home { user { name } }'),
    );
    assert.equal(status, 200);
    assert.deepEqual(json, { data: { a: { user: { name: 'Ada' } }, home: {} } });
    assert.deepEqual(asked, ['users']);
  });

  it('starts a screen once, however often it is selected', async () => {
    const { ask, asked } = await mounted();
    await ask('{ a: home { tips orders } b: home { tips orders } }');
    assert.deepEqual(asked, ['tips', 'graph']);
  });

  it('puts null with an error for what is missing, and the fallback without one', async () => {
    const { ask } = await mounted(['tips', 'graph']);
    const { json, headers } = await read(await ask('{ home { orders tips user { name } } }'));
    assert.deepEqual(json.data, { home: { orders: [], tips: null, user: { name: 'Ada' } } });
    assert.deepEqual(json.errors, [
      {
        message: 'A backend is unavailable',
        locations: [{ line: 1, column: 17 }],
        path: ['home', 'tips'],
        extensions: { code: 'CIRCUIT_OPEN' },
      },
    ]);
    assert.deepEqual(json.extensions, { incomplete: ['orders', 'tips'] });
    assert.equal(headers.get('frontdesk-incomplete'), 'orders, tips');
  });

  it('has no screen without a required part, and one error for it', async () => {
    const { ask } = await mounted(['users', 'tips']);
    const { json, headers, text } = await read(await ask('{ home { user { name } tips } }'));
    assert.deepEqual(json.data, { home: null });
    const error = json.errors.find(({ path }: { path: string[] }) => path.join('.') === 'home.user');
    assert.deepEqual(error.extensions, { part: 'user', code: 'PART_FAILED' });
    assert.equal(headers.get('retry-after'), '30');
    assert.doesNotMatch(text, /secret-host|stack/);
  });

  it("asks for the screen's scopes", async () => {
    const { ask, asked } = await mounted();
    const { json } = await read(await ask('{ home { tips } }', []));
    assert.equal(json.errors[0].extensions.code, 'INSUFFICIENT_SCOPE');
    assert.deepEqual(asked, []);
  });

  it('keeps its schema to itself unless told otherwise', async () => {
    const shut = await read(await (await mounted()).ask('{ __schema { queryType { name } } }'));
    assert.equal(shut.status, 400);
    const misspelt = await read(await (await mounted()).ask('{ home { tip } }'));
    assert.doesNotMatch(misspelt.text, /Did you mean/);
    const open = await mounted([], { introspection: true });
    const { json } = await read(await open.ask('{ __schema { queryType { name } } }'));
    assert.equal(json.data.__schema.queryType.name, 'Query');
  });

  it('takes queries by GET only with a sign that no foreign page sent them', async () => {
    const { route } = await mounted();
    const query = `query=${encodeURIComponent('{ home { tips } }')}`;
    const ask = (headers: Record<string, string>) =>
      route('/m/graphql').handler(exchangeOf({ query, headers: HeaderFields.of(headers) }, ['home:read']));
    assert.equal((await read(await ask({}))).status, 400);
    assert.equal((await read(await ask({ 'apollo-require-preflight': '1' }))).status, 200);
    const page = await read(await ask({ accept: 'text/html', 'apollo-require-preflight': '1' }));
    assert.doesNotMatch(page.text, /<html/);
  });

  it('refuses bodies of another type, broken, too large, batched, too long or too deep', async () => {
    const { post, ask } = await mounted();
    await assert.rejects(post('query=x', { 'content-type': 'text/plain' }), {
      code: 'unsupported_media_type',
    });
    await assert.rejects(post('{"query":'), { code: 'bad_request' });
    await assert.rejects(post(JSON.stringify({ query: ' '.repeat(300_000) })), { code: 'payload_too_large' });
    assert.equal((await read(await post('[{"query":"{ home { tips } }"}]'))).status, 400);
    assert.equal((await read(await ask(`{ ${'a: __typename '.repeat(2000)} }`))).status, 400);
    const deep = await read(
      await ask(`{ home { user { ${'friend { '.repeat(12)} name ${'} '.repeat(12)} } } }`),
    );
    assert.equal(deep.status, 400);
    assert.match(deep.text, /nested deeper than 12 levels/);
  });

  it('ends with the exchange', async () => {
    const { route } = await mounted();
    const body = new WholeBody(JSON.stringify({ query: '{ home { tips } }' }));
    const headers = HeaderFields.of({ 'content-type': 'application/json' });
    const exchange = exchangeOf({ method: 'POST', body, headers }, ['home:read']);
    exchange.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(route('/m/graphql').handler(exchange), { code: 'client_closed' });
  });
});
