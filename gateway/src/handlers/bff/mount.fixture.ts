/** What tests of both faces share: a mounted BFF on backends that can be down, and requests to it. */
import assert from 'node:assert/strict';
import type { GraphClient } from '../../bff/graph-client.ts';
import { defineBackends, defineBff, document, json } from '../../bff/index.ts';
import { collect, WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { exchangeOn, makeIdentity } from '../../core/testing/exchange.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { type MountBffOptions, mountBff } from './mount.ts';

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
export const bff = defineBff({ name: 'test', schema, backends: kit, screens: [home] });

/** Backends that answer, but for those that are down. */
export function backends(down: ReadonlySet<string> = new Set()) {
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

export function exchangeOf(
  request: Partial<Pick<Exchange, 'method' | 'query' | 'body' | 'headers'>>,
  scopes: string[],
): Exchange {
  return exchangeOn(systemClock, { identity: makeIdentity({ scopes: new Set(scopes) }), ...request });
}

const disposals: (() => Promise<void>)[] = [];

/** Ends what `mounted` began. */
export async function disposeAll(): Promise<void> {
  for (const dispose of disposals.splice(0)) await dispose();
}

export async function mounted(down: string[] = [], options: Partial<MountBffOptions> = {}) {
  const behind = backends(new Set(down));
  const { routes, dispose } = await mountBff(bff, { mount: '/m', clock: systemClock, ...behind, ...options });
  disposals.push(dispose);
  const route = (path: string) => routes.find((one) => one.path === path) ?? assert.fail(`no route ${path}`);
  const rest = (scopes = ['home:read', 'late:read'], request: Parameters<typeof exchangeOf>[0] = {}) =>
    route('/m/home').handler(exchangeOf(request, scopes));
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

export async function read(reply: Reply) {
  const bytes = await collect(reply.body, 1e6, () => new Error('too large'));
  const text = Buffer.from(bytes).toString();
  return { status: reply.status, headers: reply.headers, text, json: JSON.parse(text) };
}
