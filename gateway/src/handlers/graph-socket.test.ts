import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import { type ClientOptions as SocketOptions, WebSocket } from 'ws';
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import { FrontdeskError } from '../core/errors.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { makeIdentity } from '../core/testing/exchange.ts';
import { type GraphServer, type GraphServerOptions, serveGraph, until } from './graph-streams.fixture.ts';

const INIT = { type: 'connection_init' };
const ACK = { type: 'connection_ack' };
const subscribe = (id: string, query = 'subscription { count }') => ({
  id,
  type: 'subscribe',
  payload: { query },
});

/** A client that says what a test tells it to. */
class Peer {
  readonly socket: WebSocket;
  readonly messages: unknown[] = [];
  closed: { code: number; reason: string } | undefined;

  constructor({ port }: GraphServer, protocol = 'graphql-transport-ws', options: SocketOptions = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, protocol, options);
    this.socket.on('message', (data) => void this.messages.push(JSON.parse(String(data))));
    this.socket.on('error', () => {});
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
  }

  say(...messages: unknown[]): this {
    for (const message of messages) this.socket.send(JSON.stringify(message));
    return this;
  }

  async gets(...expected: unknown[]): Promise<void> {
    await until(() => this.messages.length >= expected.length || this.closed !== undefined);
    assert.deepEqual(this.messages.splice(0, expected.length), expected);
  }

  async closesWith(code: number): Promise<void> {
    await until(() => this.closed !== undefined);
    assert.equal(this.closed?.code, code, this.closed?.reason);
  }
}

async function served(t: TestContext, options: GraphServerOptions = {}) {
  const server = await serveGraph(t, options);
  const connect = async (
    headers: Record<string, string> = {},
    protocol?: string,
  ): Promise<Peer & { readonly status?: number }> => {
    const peer = new Peer(server, protocol, { headers });
    t.after(() => peer.socket.terminate());
    await once(peer.socket, 'open');
    return peer;
  };
  const opened = async (headers: Record<string, string> = {}): Promise<Peer> => {
    const peer = await connect(headers);
    peer.say(INIT);
    await peer.gets(ACK);
    return peer;
  };
  return { server, connect, opened };
}

/** The status and problem document of a handshake that is refused. */
function refusalOf(server: GraphServer, headers: Record<string, string>, protocol = 'graphql-transport-ws') {
  const { promise, resolve } = Promise.withResolvers<{ status: number | undefined; body: string }>();
  const { socket } = new Peer(server, protocol, { headers });
  socket.on('open', () => resolve({ status: 101, body: '' }));
  socket.on('unexpected-response', (_request, response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      body += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode, body }));
  });
  return promise.finally(() => socket.terminate());
}

/** Knows `good` and `other`, by header; the subject is the word itself. */
function authenticator(anonymous = false): RouteAuthenticator {
  return {
    credentialHeaders: new Set(['authorization', 'x-api-key']),
    challenges: () => [],
    identify(headers) {
      const given = headers.get('authorization')?.replace('Bearer ', '') ?? headers.get('x-api-key');
      if (given === undefined && anonymous) return undefined;
      if (given === undefined) throw new FrontdeskError('unauthenticated');
      if (given === 'bad' || headers.count('authorization') > 1)
        throw new FrontdeskError('invalid_credentials');
      return makeIdentity({ subject: given, claims: { jti: given } });
    },
  };
}

function reference(t: TestContext, { port }: GraphServer, more: Partial<ClientOptions> = {}): Client {
  const client = createClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...more,
  });
  t.after(() => client.dispose());
  return client;
}

test('the reference client of graphql-ws: queries, mutations, refusals, subscriptions, incremental results', async (t) => {
  const { server } = await served(t);
  const client = reference(t, server);
  const all = async (query: string): Promise<unknown[]> => {
    const results: unknown[] = [];
    for await (const result of client.iterate({ query })) results.push(result);
    return results;
  };
  assert.deepEqual(await all('{ hello }'), [{ data: { hello: 'world' } }]);
  assert.deepEqual(await all('mutation { hello }'), [{ data: { hello: 'world' } }]);
  await assert.rejects(all('{ bad }'), (errors: unknown) => JSON.stringify(errors).includes('No such field'));
  const counted = all('subscription { count }');
  (await server.graph.source()).push('{"data":{"count":1}}', '{"data":{"count":2}}', undefined);
  assert.deepEqual(await counted, [{ data: { count: 1 } }, { data: { count: 2 } }]);
  const deferred = all('query Deferred { a }');
  (await server.graph.source()).push('{"data":{"a":1},"hasNext":true}', '{"hasNext":false}', undefined);
  assert.deepEqual(await deferred, [{ data: { a: 1 }, hasNext: true }, { hasNext: false }]);
});

test('each operation is an exchange of its own, with an id and a line in the log', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened({ 'x-request-id': 'mine' });
  peer.say(subscribe('1', '{ hello }'), subscribe('2', '{ hello }'));
  await until(() => server.lines.length === 2);
  const ids = server.lines.map(({ id, status, route }) => {
    assert.equal(status, 200);
    assert.equal(route, '/graphql');
    return id;
  });
  assert.equal(new Set(ids).size, 2);
  assert.ok(!ids.includes('mine'));
  peer.socket.close();
  await until(() => server.lines.length === 3);
  assert.equal(server.lines[2]?.status, 101);
  assert.equal(server.lines[2]?.id, 'mine');
});

test('complete ends the source; so does leaving', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened();
  peer.say(subscribe('1'), subscribe('2'));
  const [first, second] = [await server.graph.source(), await server.graph.source()];
  peer.say({ id: '1', type: 'complete' });
  await first.returned;
  peer.say(subscribe('1'));
  const again = await server.graph.source();
  peer.socket.terminate();
  await Promise.all([second.returned, again.returned]);
  await until(() => server.lines.filter(({ outcome }) => outcome === 'aborted').length === 3);
  assert.equal(server.counts.size, 0);
  assert.equal(server.generation.size, 0);
});

test('what fails inside is told without a secret, and ends that operation alone', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened();
  peer.say(subscribe('1', '{ throws }'));
  const internal = [{ message: 'Something went wrong', extensions: { code: 'INTERNAL' } }];
  await peer.gets({ id: '1', type: 'error', payload: internal });
  peer.say(subscribe('2'));
  (await server.graph.source()).push(new Error('10.0.0.1'));
  await peer.gets({ id: '2', type: 'error', payload: internal });
  peer.say({ type: 'ping' });
  await peer.gets({ type: 'pong' });
});

test('M161 origins: a foreign page, and cookies without an origin, are refused before the handshake', async (t) => {
  const { server } = await served(t, { subscriptions: { origins: ['https://app.example'] } });
  const cookie = 'session=1';
  const own = `http://127.0.0.1:${server.port}`;
  const cases: [headers: Record<string, string>, status: number][] = [
    [{}, 101],
    [{ cookie }, 403],
    [{ cookie, origin: 'https://app.example' }, 101],
    [{ cookie, origin: own }, 101],
    [{ cookie, origin: 'https://evil.example' }, 403],
    [{ cookie, origin: 'null' }, 403],
    [{ cookie, origin: 'https://app.example.evil.example' }, 403],
    [{ cookie, origin: 'http://app.example' }, 403],
    [{ origin: 'https://evil.example' }, 403],
  ];
  for (const [headers, status] of cases) {
    assert.equal((await refusalOf(server, headers)).status, status, JSON.stringify(headers));
  }
  const open = await served(t, { subscriptions: { origins: ['*'] } });
  assert.equal((await refusalOf(open.server, { origin: 'https://any.example' })).status, 101);
  assert.equal((await refusalOf(open.server, { origin: 'https://any.example', cookie })).status, 403);
});

test('M162 no connection_init: 4408', async (t) => {
  const clock = new ManualClock();
  const { connect } = await served(t, { clock });
  const peer = await connect();
  clock.advance(2_999);
  assert.equal(peer.closed, undefined);
  clock.advance(1);
  await peer.closesWith(4408);
});

test('M162 out of order: 4429, 4401, 4409, 4400', async (t) => {
  const { connect, opened } = await served(t);
  const cases: [peer: Peer, message: unknown, code: number][] = [
    [await opened(), INIT, 4429],
    [await connect(), subscribe('1'), 4401],
    [(await opened()).say(subscribe('1')), subscribe('1'), 4409],
    [await opened(), { type: 'start', id: '1' }, 4400],
  ];
  for (const [peer, message, code] of cases) await peer.say(message).closesWith(code);
});

test('M163 an identity that is lost closes the socket within seconds, its operations with it', async (t) => {
  const clock = new ManualClock();
  const lost = new Set<string>();
  const { server, opened } = await served(t, {
    clock,
    authenticator: authenticator(),
    stillHolds: ({ subject }) => !lost.has(subject),
  });
  const peer = await opened({ authorization: 'Bearer good' });
  const other = await opened({ authorization: 'Bearer other' });
  peer.say(subscribe('1'));
  const source = await server.graph.source();
  lost.add('good');
  clock.advance(1_000);
  await peer.closesWith(4403);
  await source.returned;
  assert.equal(other.closed, undefined);
});

test('M163 an operation proves the identity anew', async (t) => {
  const scheme = authenticator();
  let expired = false;
  const { opened } = await served(t, {
    authenticator: {
      ...scheme,
      identify(headers) {
        if (expired) throw new FrontdeskError('invalid_credentials');
        return scheme.identify(headers);
      },
    },
  });
  const peer = await opened({ 'x-api-key': 'good' });
  expired = true;
  peer.say(subscribe('1', '{ hello }'));
  await peer.closesWith(4403);
  assert.match(JSON.stringify(peer.messages), /INVALID_CREDENTIALS/);
});

test('credentials by handshake or by connection_init, and never two that disagree', async (t) => {
  const { server, connect } = await served(t, { authenticator: authenticator() });
  const inits: [headers: Record<string, string>, payload: unknown, subject: string | undefined][] = [
    [{ authorization: 'Bearer good' }, undefined, 'good'],
    [{}, { authorization: 'Bearer good' }, 'good'],
    [{}, { Authorization: 'Bearer good' }, 'good'],
    [{}, { headers: { 'X-API-Key': 'good' } }, 'good'],
    [{ authorization: 'Bearer good' }, { authorization: 'Bearer good' }, 'good'],
    [{ authorization: 'Bearer good' }, { authorization: 'Bearer other' }, undefined],
    [{ 'x-api-key': 'good' }, { authorization: 'Bearer other' }, undefined],
    [{}, { authorization: 'Bearer bad' }, undefined],
    [{}, { authorization: 'Bearer good\r\nx: y' }, undefined],
    [{}, { __proto__: { authorization: 'Bearer good' } }, undefined],
    [{}, undefined, undefined],
  ];
  for (const [headers, payload, subject] of inits) {
    const peer = await connect(headers);
    peer.say(payload === undefined ? INIT : { ...INIT, payload });
    if (subject === undefined) {
      await peer.closesWith(4403);
      continue;
    }
    await peer.gets(ACK);
    peer.say(subscribe('1', '{ hello }'));
    await peer.gets(
      { id: '1', type: 'next', payload: { data: { hello: 'world' } } },
      { id: '1', type: 'complete' },
    );
    const { context } = server.graph.requests.at(-1) ?? {};
    assert.equal(context?.identity?.subject, subject);
  }
  assert.equal((await refusalOf(server, { authorization: 'Bearer bad' })).status, 401);
});

test('a scope that is missing refuses the operation and leaves the socket', async (t) => {
  const { opened } = await served(t, { authenticator: authenticator(), scopes: ['graph:read'] });
  const peer = await opened({ authorization: 'Bearer good' });
  peer.say(subscribe('1', '{ hello }'));
  await peer.gets({
    id: '1',
    type: 'error',
    payload: [
      { message: 'The credentials lack a required scope', extensions: { code: 'INSUFFICIENT_SCOPE' } },
    ],
  });
  peer.say({ type: 'ping' });
  await peer.gets({ type: 'pong' });
});

test('M164 more than 100 messages in a second: 4429', async (t) => {
  const clock = new ManualClock();
  const { opened } = await served(t, { clock });
  const peer = await opened();
  for (let i = 0; i < 99; i += 1) peer.say({ type: 'ping' });
  await peer.gets(...new Array<unknown>(99).fill({ type: 'pong' }));
  assert.equal(peer.closed, undefined);
  await peer.say({ type: 'ping' }).closesWith(4429);
});

test('M164 a 21st operation at once: 4429', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened();
  for (let i = 0; i < 20; i += 1) peer.say(subscribe(String(i)));
  const sources = [];
  for (let i = 0; i < 20; i += 1) sources.push(await server.graph.source());
  assert.equal(peer.closed, undefined);
  await peer.say(subscribe('20')).closesWith(4429);
  await Promise.all(sources.map(({ returned }) => returned));
});

test('M164 sockets of one caller', async (t) => {
  const { connect, opened } = await served(t, {
    authenticator: authenticator(),
    subscriptions: { connectionsPerIdentity: 2 },
  });
  const first = await opened({ 'x-api-key': 'good' });
  await opened({ 'x-api-key': 'good' });
  await opened({ 'x-api-key': 'other' });
  const third = await connect({ 'x-api-key': 'good' });
  await third.say(INIT).closesWith(4429);
  first.socket.close();
  await until(() => first.closed !== undefined);
  await opened({ 'x-api-key': 'good' });
});

test('M167 a client that does not read holds back its sources, and is cut off', async (t) => {
  const { server, opened } = await served(t, {
    subscriptions: { webSocket: { sendTimeout: '300ms' } },
  });
  const peer = await opened();
  peer.say(subscribe('1'));
  const source = await server.graph.source();
  peer.socket.pause();
  const payload = JSON.stringify({ data: 'x'.repeat(65_536) });
  source.push(...new Array<string>(2_000).fill(payload));
  await source.returned;
  assert.ok(source.taken < 2_000, `${source.taken} were taken`);
});

test('M167 a large answer to a client that reads is no reason to cut it off', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened();
  peer.say(subscribe('1'));
  const payload = JSON.stringify({ data: 'x'.repeat(3_000_000) });
  (await server.graph.source()).push(payload, payload, payload, undefined);
  await until(() => peer.messages.length === 4);
  assert.equal(peer.closed, undefined);
});

test('other subprotocols are refused, the legacy one by name', async (t) => {
  const { server } = await served(t);
  const legacy = await refusalOf(server, {}, 'graphql-ws');
  assert.equal(legacy.status, 400);
  assert.match(legacy.body, /subscriptions-transport-ws.*use graphql-transport-ws/);
  assert.equal((await refusalOf(server, {}, 'chat')).status, 400);
});

test('draining says goodbye with 1001, after which clients come back elsewhere', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened();
  peer.say(subscribe('1'));
  const source = await server.graph.source();
  const drained = server.listener.drain();
  await peer.closesWith(1001);
  await source.returned;
  assert.deepEqual(peer.messages, [], 'no `complete`: the subscription is not over, it moves');
  assert.deepEqual(await drained, { cut: 0 });
});

test('the reload’s grace ends an operation, not its socket', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened();
  peer.say(subscribe('1'));
  await server.graph.source();
  server.generation.endAll(new FrontdeskError('stream_ended'), 0);
  await peer.gets({
    id: '1',
    type: 'error',
    payload: [{ message: 'The stream is over; begin it again', extensions: { code: 'STREAM_ENDED' } }],
  });
  assert.equal(peer.closed, undefined);
});

test('fields that subgraphs receive may come with connection_init; no others, and none that pretends to an identity', async (t) => {
  const { server, connect } = await served(t, { forward: ['x-locale', 'x-user-id'] });
  const peer = await connect();
  peer.say({
    ...INIT,
    payload: { 'X-Locale': 'de', 'x-user-id': 'admin', host: 'evil', headers: { cookie: 'a' } },
  });
  await peer.gets(ACK);
  peer.say(subscribe('1', '{ hello }'));
  await until(() => server.graph.requests.length === 1);
  assert.deepEqual(server.graph.requests[0]?.forwarded, ['x-locale', 'de']);
});
