/** Subscriptions from the graph to real subgraphs and back, through the upstreams and their guards. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Clock, systemClock } from './core/clock.ts';
import type { CallContext } from './core/exchange.ts';
import type { Identity } from './core/identity.ts';
import { noLogger } from './core/log.ts';
import { noMeter } from './core/meter.ts';
import { contextOn, makeIdentity } from './core/testing/exchange.ts';
import { graphConfig } from './graph/config.ts';
import { createGraph, type Graph } from './graph/graph.ts';
import type { GraphRequest } from './graph/request.ts';
import {
  type Servers,
  type ServersOptions,
  startServers,
} from './graph/testing/subscription-servers.fixture.ts';
import { joinSubgraphs } from './subgraph-upstreams.ts';
import { upstreamConfig } from './upstream/config.ts';
import { rig } from './upstream/testing/harness.ts';
import type { Upstreams } from './upstream/upstream.ts';

const QUERY = 'subscription ($id: ID!) { tripUpdated(id: $id) { sequence driver { name } } }';

interface Bench {
  readonly graph: Graph;
  readonly servers: Servers;
  readonly upstreams: Upstreams;
  subscribe(more?: Partial<GraphRequest>): Promise<AsyncIterableIterator<string>>;
  refused(more?: Partial<GraphRequest>): Promise<{ status: number; code: string | undefined }>;
}

interface BenchOptions extends ServersOptions {
  readonly config?: Record<string, unknown>;
  readonly headers?: Record<string, unknown>;
  readonly errors?: Record<string, unknown>;
  readonly trips?: Record<string, unknown>;
  readonly clock?: Clock;
}

async function bench(t: TestContext, options: BenchOptions = {}): Promise<Bench> {
  const servers = await startServers(t, options);
  const configured = options.trips
    ? { trips: upstreamConfig.parse({ url: servers.urls.trips, subgraph: 'trips', ...options.trips }) }
    : {};
  let upstreams: Upstreams | undefined;
  let joined: ReturnType<typeof joinSubgraphs> | undefined;
  const config = graphConfig.parse({
    supergraph: 'x.graphql',
    planBudget: '10s',
    subscriptions: options.config ?? {},
    headers: options.headers ?? {},
    errors: options.errors ?? {},
  });
  const clock = options.clock ?? systemClock;
  const graph = await createGraph({
    config,
    supergraphSdl: servers.supergraphSdl,
    callUpstream: (request) => {
      assert.ok(upstreams);
      return upstreams.call(request);
    },
    upstreamOf: (subgraph) => {
      assert.ok(joined);
      return joined.upstreamOf(subgraph);
    },
    clock,
    meter: noMeter,
    logger: noLogger,
  });
  t.after(() => graph.close());
  joined = joinSubgraphs(configured, graph.subgraphs, () => ['authorization']);
  upstreams = rig(t, unparsed(joined.configs, servers, options.trips));
  const open = (more: Partial<GraphRequest> = {}) =>
    graph.open({
      query: QUERY,
      variables: { id: '1' },
      context: caller(),
      accepts: { subscription: true, incremental: false },
      ...more,
    });
  return {
    graph,
    servers,
    upstreams,
    async subscribe(more) {
      const opened = await open(more);
      assert.ok('payloads' in opened, JSON.stringify(opened));
      return opened.payloads;
    },
    async refused(more) {
      const opened = await open(more);
      assert.ok('refusal' in opened && opened.refusal, JSON.stringify(opened));
      return { status: opened.refusal.status, code: opened.refusal.errors[0]?.extensions.code };
    },
  };
}

/** `rig` takes configuration as it is written. */
function unparsed(
  configs: Readonly<Record<string, unknown>>,
  { urls }: Servers,
  trips: Record<string, unknown> | undefined,
): Record<string, object> {
  const written: Record<string, object> = {};
  const forward = { fields: ['authorization'] };
  for (const name of Object.keys(configs)) {
    const url = name.includes('people') ? urls.people : urls.trips;
    written[name] = name === 'trips' ? { url, forward, ...trips } : { url, forward };
  }
  return written;
}

function caller(identity?: Identity): CallContext {
  return { ...contextOn(systemClock, identity), client: { address: '192.0.2.1', scheme: 'http' } };
}

async function next(payloads: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await payloads.next();
  assert.ok(!done, 'the subscription ended');
  return JSON.parse(value);
}

async function ended(payloads: AsyncIterator<string>): Promise<void> {
  assert.deepEqual(await payloads.next(), { done: true, value: undefined });
}

function trip(sequence: number, more: object = {}) {
  return { id: '1', sequence, driver: { __typename: 'Person', id: String(sequence) }, ...more } as const;
}

function told(sequence: number) {
  return { data: { tripUpdated: { sequence, driver: { name: `Person ${sequence}` } } } };
}

for (const protocol of ['sse', 'websocket'] as const) {
  describe(`over ${protocol}`, () => {
    const config = { subgraphs: { trips: { protocol } } };

    test('each event gets its entity fields from another subgraph, in order, until the source ends', async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const payloads = await subscribe();
      await servers.whenOpen(1);
      for (const sequence of [1, 2, 3]) servers.tell(trip(sequence));
      assert.deepEqual(await next(payloads), told(1));
      assert.deepEqual(await next(payloads), told(2));
      assert.deepEqual(await next(payloads), told(3));
      servers.complete();
      await ended(payloads);
    });

    test('whoever leaves ends it at the subgraph', async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const payloads = await subscribe();
      await servers.whenOpen(1);
      await payloads.return?.();
      await servers.whenOpen(0);
      await ended(payloads);
    });

    test('whose request is cancelled has left', async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const context = caller();
      const payloads = await subscribe({ context });
      await servers.whenOpen(1);
      context.cancellation.cancel(new Error('the client is gone'));
      await servers.whenOpen(0);
      await ended(payloads);
    });

    test('a source that dies ends it with an error, after what came before', async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const payloads = await subscribe();
      await servers.whenOpen(1);
      servers.tell(trip(1));
      assert.deepEqual(await next(payloads), told(1));
      servers.breakConnections();
      assert.deepEqual(await next(payloads), {
        errors: [{ message: 'A backend broke the connection', extensions: { code: 'UPSTREAM_RESET' } }],
      });
      await ended(payloads);
    });

    test("an event's errors are that event's own", async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const query = 'subscription { tripUpdated(id: "1") { sequence note } }';
      const payloads = await subscribe({ query, variables: {} });
      await servers.whenOpen(1);
      servers.tell(trip(1, { note: new Error('secret') }));
      servers.tell(trip(2, { note: 'fine' }));
      assert.deepEqual(await next(payloads), {
        errors: [
          {
            message: 'A backend failed',
            path: ['tripUpdated', 'note'],
            extensions: { code: 'UPSTREAM_ERROR' },
          },
        ],
        data: { tripUpdated: { sequence: 1, note: null } },
      });
      assert.deepEqual(await next(payloads), { data: { tripUpdated: { sequence: 2, note: 'fine' } } });
    });

    test('an event larger than allowed ends it with an error', async (t) => {
      const { servers, subscribe } = await bench(t, { config: { ...config, maxEvent: '4KiB' } });
      const query = 'subscription { tripUpdated(id: "1") { note } }';
      const payloads = await subscribe({ query, variables: {} });
      await servers.whenOpen(1);
      servers.tell(trip(1, { note: 'x'.repeat(20_000) }));
      assert.match(JSON.stringify(await next(payloads)), /UPSTREAM_TOO_LARGE/);
      await ended(payloads);
      await servers.whenOpen(0);
    });

    test('identity and allowed fields go to the subgraph, the address does not where it is shared', async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const identity = makeIdentity({ subject: 'ada' });
      const payloads = await subscribe({
        context: caller(identity),
        forwarded: ['authorization', 'Bearer x'],
      });
      const { headers } = servers.seen[0] ?? {};
      assert.equal(headers?.['x-user-id'], 'ada');
      assert.equal(headers?.authorization, 'Bearer x');
      assert.equal(headers?.['x-forwarded-for'], undefined);
      await payloads.return?.();
    });

    test('the guards of the upstream hold: scopes, and places for streams', async (t) => {
      const { refused, subscribe } = await bench(t, {
        config: { ...config, share: false },
        trips: { scopes: ['trips:read'], bulkhead: { maxStreams: 1 } },
      });
      assert.deepEqual(await refused(), { status: 403, code: 'INSUFFICIENT_SCOPE' });
      const identity = makeIdentity({ scopes: new Set(['trips:read']) });
      const payloads = await subscribe({ context: caller(identity) });
      assert.deepEqual(await refused({ context: caller(identity) }), { status: 503, code: 'BULKHEAD_FULL' });
      await payloads.return?.();
    });

    test('a subscription that the subgraph refuses is told, and over', async (t) => {
      const { subscribe } = await bench(t, { config });
      const payloads = await subscribe({ query: 'subscription { trouble { id } }', variables: {} });
      const answer = JSON.stringify(await next(payloads));
      assert.match(answer, /UPSTREAM_ERROR/);
      assert.doesNotMatch(answer, /10\.0\.0\.7/);
      await ended(payloads);
    });
  });
}

describe('which protocol', () => {
  test('auto goes by SSE where that is spoken', async (t) => {
    const { servers, subscribe } = await bench(t);
    const payloads = await subscribe();
    assert.equal(servers.seen[0]?.headers.upgrade, undefined);
    await payloads.return?.();
  });

  test('auto goes by WebSocket where it is not, and remembers', async (t) => {
    const { servers, subscribe, upstreams } = await bench(t, { sse: false });
    for (const id of ['1', '2']) {
      const payloads = await subscribe({ variables: { id } });
      await servers.whenOpen(1);
      servers.tell({ ...trip(1), id });
      assert.deepEqual(await next(payloads), told(1));
      await payloads.return?.();
      await servers.whenOpen(0);
    }
    assert.equal(servers.seen.length, 2);
    assert.ok(servers.seen.every(({ headers }) => headers.upgrade === 'websocket'));
    assert.ok(upstreams.view().every(({ breaker }) => breaker === 'closed'));
  });

  test('a subgraph that speaks neither gives its answer once', async (t) => {
    const { subscribe } = await bench(t, {
      sse: false,
      webSocket: false,
      errors: { subgraphMessages: true },
    });
    const payloads = await subscribe();
    assert.match(JSON.stringify(await next(payloads)), /Subscriptions are not served by POST/);
    await ended(payloads);
  });

  test('the payload of connection_init has what is configured, and nothing else', async (t) => {
    const { servers, subscribe } = await bench(t, {
      config: { subgraphs: { trips: { protocol: 'websocket', connectionInit: ['authorization'] } } },
    });
    const payloads = await subscribe({ forwarded: ['authorization', 'Bearer x', 'accept-language', 'de'] });
    assert.deepEqual(servers.seen[0]?.payload, { authorization: 'Bearer x' });
    await payloads.return?.();
  });

  test('a socket that is refused at connection_init refuses the subscription', async (t) => {
    const { refused } = await bench(t, {
      refuseInit: true,
      config: { subgraphs: { trips: { protocol: 'websocket' } } },
    });
    assert.deepEqual(await refused(), { status: 502, code: 'UPSTREAM_RESET' });
  });
});

describe('sharing', () => {
  test('identical subscriptions are one at the subgraph, and each event is completed once', async (t) => {
    const { servers, subscribe } = await bench(t);
    const clients = await Promise.all(Array.from({ length: 20 }, () => subscribe()));
    await servers.whenOpen(1);
    assert.equal(servers.subscriptions.ever, 1);
    servers.tell(trip(7));
    for (const client of clients) assert.deepEqual(await next(client), told(7));
    assert.equal(servers.fetches, 1);
    const [first, ...others] = clients;
    await first?.return?.();
    servers.tell(trip(8));
    for (const client of others) assert.deepEqual(await next(client), told(8));
    for (const client of others) await client.return?.();
    await servers.whenOpen(0);
  });

  test('other variables, fields, identities or documents are subscriptions of their own', async (t) => {
    const { servers, subscribe } = await bench(t);
    const variants: Partial<GraphRequest>[] = [
      {},
      { variables: { id: '2' } },
      { query: `${QUERY} ` },
      { forwarded: ['authorization', 'a'] },
      { forwarded: ['authorization', 'b'] },
      { context: caller(makeIdentity({ subject: 'ada' })) },
      { context: caller(makeIdentity({ subject: 'bob' })) },
      { context: caller(makeIdentity({ subject: 'bob', scopes: new Set(['x']) })) },
    ];
    const clients = await Promise.all(variants.map((more) => subscribe(more)));
    await servers.whenOpen(variants.length);
    for (const client of clients) await client.return?.();
    await servers.whenOpen(0);
  });

  test('one who leaves while it opens takes it from nobody', async (t) => {
    const { servers, subscribe, graph } = await bench(t);
    const context = caller();
    const leaving = graph.open({ query: QUERY, variables: { id: '1' }, context, accepts: BOTH });
    const staying = subscribe();
    context.cancellation.cancel(new Error('the client is gone'));
    await assert.rejects(leaving, /the client is gone/);
    const payloads = await staying;
    await servers.whenOpen(1);
    servers.tell(trip(1));
    assert.deepEqual(await next(payloads), told(1));
    assert.equal(servers.subscriptions.ever, 1);
  });

  test('it may be switched off', async (t) => {
    const { servers, subscribe } = await bench(t, { config: { share: false } });
    const clients = await Promise.all([subscribe(), subscribe()]);
    await servers.whenOpen(2);
    assert.equal(servers.seen[0]?.headers['x-forwarded-for'], '192.0.2.1');
    for (const client of clients) await client.return?.();
  });
});

const BOTH = { subscription: true, incremental: false };

describe('bounds', () => {
  test('more sources than allowed are refused', async (t) => {
    const { refused, subscribe } = await bench(t, { config: { max: 1 } });
    const payloads = await subscribe();
    assert.deepEqual(await refused({ variables: { id: '2' } }), { status: 503, code: 'OVERLOADED' });
    await payloads.return?.();
    const after = await subscribe({ variables: { id: '2' } });
    await after.return?.();
  });

  test('a slow one among several is ended with an error after what waited for it; the others miss nothing', async (t) => {
    const { servers, subscribe } = await bench(t, { config: { queue: { events: 4 } } });
    const slow = await subscribe();
    const quick = await subscribe();
    await servers.whenOpen(1);
    for (let sequence = 1; sequence <= 8; sequence++) {
      servers.tell(trip(sequence));
      assert.deepEqual(await next(quick), told(sequence));
    }
    for (let sequence = 1; sequence <= 4; sequence++) assert.deepEqual(await next(slow), told(sequence));
    assert.match(JSON.stringify(await next(slow)), /SLOW_CONSUMER/);
    await ended(slow);
  });

  test('an event that cannot be completed in time loses those fields', async (t) => {
    const { servers, subscribe } = await bench(t, { config: { deadline: '50ms' } });
    const payloads = await subscribe();
    await servers.whenOpen(1);
    servers.beforePeople = () => new Promise(() => {});
    servers.tell(trip(1));
    const answer = JSON.stringify(await next(payloads));
    assert.match(answer, /"tripUpdated":\{"sequence":1,"driver":\{"name":null\}\}/);
    assert.match(answer, /DEADLINE_EXCEEDED/);
    servers.beforePeople = async () => {};
    servers.tell(trip(2));
    assert.deepEqual(await next(payloads), told(2));
  });

  test('who cannot take a stream is told how to ask for one', async (t) => {
    const { refused } = await bench(t);
    assert.deepEqual(await refused({ accepts: undefined }), { status: 406, code: 'NOT_ACCEPTABLE' });
    assert.deepEqual(await refused({ accepts: undefined, queryOnly: true }), {
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
    });
  });

  test('a graph that closes ends its subscriptions with an error', async (t) => {
    const { graph, servers, subscribe } = await bench(t);
    const payloads = await subscribe();
    await servers.whenOpen(1);
    graph.close();
    assert.match(JSON.stringify(await next(payloads)), /DRAINING/);
    await ended(payloads);
    await servers.whenOpen(0);
  });
});
