/** Streamed answers of the whole gateway: real sockets to clients, real subgraphs behind it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startGateway } from '../app.ts';
import { jwksOf, makeKey, signToken } from '../auth/testing/issuer.ts';
import { configSchema } from '../config/schema.ts';
import { type Servers, startServers } from '../graph/testing/subscription-servers.fixture.ts';
import type { GatewayOptions, Running } from '../running.ts';

const QUERY = 'subscription ($id: ID!) { tripUpdated(id: $id) { sequence driver { name } } }';
const VARIABLES = { id: '1' };
const driver = { __typename: 'Person', id: 'p1' } as const;

interface Stage {
  readonly servers: Servers;
  readonly running: Running;
  readonly options: GatewayOptions;
  readonly url: string;
}

async function stage(t: TestContext, more: Record<string, unknown> = {}): Promise<Stage> {
  const servers = await startServers(t);
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-streams-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'supergraph.graphql'), servers.supergraphSdl);
  const { graph, ...rest } = more;
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms' } },
    admin: { port: 0 },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    graph: {
      supergraph: join(folder, 'supergraph.graphql'),
      planBudget: '10s',
      ...(typeof graph === 'object' ? graph : {}),
    },
    ...rest,
  });
  const options = { config, folder };
  const running = await startGateway(options);
  let drained = false;
  t.after(async () => {
    if (!drained) await running.drain();
    drained = true;
  });
  const { port } = running.addresses.public;
  return { servers, running, options, url: `127.0.0.1:${port}/graphql` };
}

function webSocketClient(t: TestContext, url: string, more: Record<string, unknown> = {}) {
  const client = createClient({
    url: `ws://${url}`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...more,
  });
  t.after(() => client.dispose());
  return client;
}

const event = (sequence: number) => ({
  data: { tripUpdated: { sequence, driver: { name: 'Person p1' } } },
});

async function nextValue(results: AsyncIterator<unknown>): Promise<unknown> {
  const { value } = await results.next();
  return JSON.parse(JSON.stringify(value));
}

/** Waits until the metrics hold a line. */
async function measured({ running }: Stage, line: string): Promise<void> {
  const url = `http://127.0.0.1:${running.addresses.admin?.port}/metrics`;
  for (;;) {
    const text = await (await fetch(url)).text();
    if (text.split('\n').includes(line)) return;
  }
}

test('a subscription over WebSocket and over SSE, through the subgraphs', async (t) => {
  const staged = await stage(t);
  const { servers, url } = staged;
  const overSocket = webSocketClient(t, url).iterate({ query: QUERY, variables: VARIABLES });
  const overSse = createSseClient({ url: `http://${url}`, retryAttempts: 0 }).iterate({
    query: QUERY,
    variables: VARIABLES,
  });
  const firsts = [nextValue(overSocket), nextValue(overSse)];
  await measured(staged, 'frontdesk_graph_streams{kind="operation"} 1');
  await measured(staged, 'frontdesk_graph_streams{kind="sse"} 1');
  await servers.whenOpen(1);
  servers.tell({ id: '1', sequence: 1, driver });
  assert.deepEqual(await Promise.all(firsts), [event(1), event(1)]);
  await overSocket.return?.();
  await overSse.return?.();
  await servers.whenOpen(0);
});

test('a subscription by GET, as EventSource and curl ask for it; over plain JSON it says what to accept', async (t) => {
  const { servers, url } = await stage(t);
  const ask = (accept: string): Promise<Response> =>
    fetch(`http://${url}?${new URLSearchParams({ query: QUERY, variables: '{"id":"1"}' })}`, {
      headers: { accept },
    });
  const refused = await ask('application/json');
  assert.equal(refused.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.match(await refused.text(), /text\/event-stream.*multipart\/mixed.*WebSocket/);
  const stream = await ask('text/event-stream');
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  await servers.whenOpen(1);
  await stream.body?.cancel();
  await servers.whenOpen(0);
});

test('a reload cuts nothing: events go on, new operations of the same socket see the new configuration', async (t) => {
  const staged = await stage(t);
  const { servers, running, options, url } = staged;
  const client = webSocketClient(t, url, { lazy: false, onNonLazyError: () => {} });
  const results = client.iterate({ query: QUERY, variables: VARIABLES });
  const first = nextValue(results);
  await servers.whenOpen(1);
  servers.tell({ id: '1', sequence: 1, driver });
  assert.deepEqual(await first, event(1));
  const introspect = () => nextValue(client.iterate({ query: '{ __schema { queryType { name } } }' }));
  await assert.rejects(introspect(), (errors: unknown) => JSON.stringify(errors).includes('INVALID_QUERY'));
  const { graph } = options.config;
  assert.ok(graph);
  await running.replace({
    ...options,
    config: { ...options.config, graph: { ...graph, introspection: true } },
  });
  const second = nextValue(results);
  servers.tell({ id: '1', sequence: 2, driver });
  assert.deepEqual(await second, event(2));
  assert.deepEqual(await introspect(), { data: { __schema: { queryType: { name: 'Query' } } } });
  await measured(staged, 'frontdesk_generations 2');
  await results.return?.();
  await servers.whenOpen(0);
  // The socket is still open, and holds no old configuration.
  await measured(staged, 'frontdesk_generations 1');
});

test('after the grace the old configuration’s streams end, and it is disposed of', async (t) => {
  const staged = await stage(t, { graph: { subscriptions: { reloadGrace: '1s' } } });
  const { servers, running, options, url } = staged;
  const results = webSocketClient(t, url).iterate({ query: QUERY, variables: VARIABLES });
  const first = nextValue(results);
  await servers.whenOpen(1);
  await running.replace(options);
  await assert.rejects(first, (errors: unknown) => JSON.stringify(errors).includes('STREAM_ENDED'));
  await servers.whenOpen(0);
  await measured(staged, 'frontdesk_generations 1');
});

test('H114 the handshake and each operation on a socket draw a token, as requests do', async (t) => {
  const { url } = await stage(t, { graph: { limit: { capacity: 3, refill: '1/h' } } });
  const client = webSocketClient(t, url, { lazy: false, onNonLazyError: () => {} });
  const ask = () => nextValue(client.iterate({ query: '{ __typename }' }));
  for (let i = 0; i < 2; i += 1) assert.deepEqual(await ask(), { data: { __typename: 'Query' } });
  await assert.rejects(ask(), (errors: unknown) => JSON.stringify(errors).includes('RATE_LIMITED'));
});

test('M163 a revoked token closes its socket', async (t) => {
  const key = makeKey('k1', 'ES256');
  const issuer = createServer((_request, response) => response.end(JSON.stringify(jwksOf(key))));
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  t.after(() => issuer.close());
  const address = issuer.address();
  assert.ok(typeof address === 'object' && address);
  const staged = await stage(t, {
    auth: {
      jwt: { issuer: 'https://issuer', audience: 'api', jwksUri: `http://127.0.0.1:${address.port}/jwks` },
    },
  });
  const now = Math.floor(Date.now() / 1_000);
  const token = signToken(key, {
    iss: 'https://issuer',
    aud: 'api',
    sub: 'u1',
    jti: 't1',
    iat: now,
    exp: now + 600,
  });
  const closed = Promise.withResolvers<unknown>();
  const client = webSocketClient(t, staged.url, {
    connectionParams: { authorization: `Bearer ${token}` },
    on: { closed: closed.resolve },
  });
  const results = client.iterate({ query: QUERY, variables: VARIABLES });
  const first = nextValue(results);
  first.catch(() => {});
  await staged.servers.whenOpen(1);
  const admin = `http://127.0.0.1:${staged.running.addresses.admin?.port}/admin/revocations`;
  const revoked = await fetch(admin, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jti: 't1' }),
  });
  assert.equal(revoked.status, 204);
  const close = await closed.promise;
  assert.ok(typeof close === 'object' && close && 'code' in close);
  assert.equal(close.code, 4403);
  await staged.servers.whenOpen(0);
});

test('draining: sockets are told to go elsewhere, streams end, the subgraph is left', async (t) => {
  const { servers, running, url } = await stage(t);
  const closed = Promise.withResolvers<unknown>();
  const client = webSocketClient(t, url, { on: { closed: closed.resolve } });
  const overSocket = nextValue(client.iterate({ query: QUERY, variables: VARIABLES }));
  overSocket.catch(() => {});
  await servers.whenOpen(1);
  const drained = running.drain();
  const close = await closed.promise;
  assert.ok(typeof close === 'object' && close && 'code' in close);
  assert.equal(close.code, 1001);
  await servers.whenOpen(0);
  await drained;
});
