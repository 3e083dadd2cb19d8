import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { ACK, authenticator, INIT, type Peer, refusalOf, served, subscribe } from './graph-socket.fixture.ts';
import { type GraphServer, until } from './graph-streams.fixture.ts';

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
