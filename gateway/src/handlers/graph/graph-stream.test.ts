import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { createClient } from 'graphql-sse';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { type GraphServer, serveGraph, until } from './graph-streams.fixture.ts';

const SUBSCRIPTION = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json';
const DEFER = 'multipart/mixed;deferSpec=20220824,application/json';

interface Answer {
  readonly response: IncomingMessage;
  text: string;
}

async function ask({ port }: GraphServer, accept: string, query: string): Promise<Answer> {
  const request = httpRequest({
    port,
    host: '127.0.0.1',
    path: '/graphql',
    method: 'POST',
    headers: { accept, 'content-type': 'application/json' },
  });
  request.on('error', () => {});
  request.end(JSON.stringify({ query }));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const answer = { response, text: '' };
  response.setEncoding('utf8');
  response.on('error', () => {});
  response.on('data', (chunk: string) => {
    answer.text += chunk;
  });
  return answer;
}

test('SSE: the reference client of graphql-sse gets events and the end', async (t) => {
  const server = await serveGraph(t);
  const client = createClient({ url: `http://127.0.0.1:${server.port}/graphql`, retryAttempts: 0 });
  const events: unknown[] = [];
  const results = client.iterate({ query: 'subscription { count }' });
  const source = await server.graph.source();
  source.push('{"data":{"count":1}}', '{"data":{"count":2}}', undefined);
  for await (const event of results) events.push(event);
  assert.deepEqual(events, [{ data: { count: 1 } }, { data: { count: 2 } }]);
  await until(() => server.counts.size === 0);
  assert.equal(server.generation.size, 0);
});

test('SSE: a query by the reference client is one event; a bad one too', async (t) => {
  const { port } = await serveGraph(t);
  const client = createClient({ url: `http://127.0.0.1:${port}/graphql`, retryAttempts: 0 });
  const events: unknown[] = [];
  for await (const event of client.iterate({ query: '{ hello }' })) events.push(event);
  for await (const event of client.iterate({ query: '{ bad }' })) events.push(event);
  assert.deepEqual(events, [
    { data: { hello: 'world' } },
    { errors: [{ message: 'No such field', extensions: { code: 'INVALID_QUERY' } }] },
  ]);
});

test('SSE: who leaves ends the source', async (t) => {
  const server = await serveGraph(t);
  const { response } = await ask(server, 'text/event-stream', 'subscription { count }');
  assert.equal(response.headers['content-type'], 'text/event-stream');
  assert.equal(response.headers['x-accel-buffering'], 'no');
  const source = await server.graph.source();
  response.destroy();
  await source.returned;
  assert.equal(source.request.context.cancellation.cancelled, true);
  await until(() => server.counts.size === 0 && server.lines.length === 1);
  assert.equal(server.lines[0]?.outcome, 'aborted');
});

test('multipart: a subscription, as Apollo writes it', async (t) => {
  const server = await serveGraph(t);
  const answer = await ask(server, SUBSCRIPTION, 'subscription { count }');
  assert.equal(
    answer.response.headers['content-type'],
    'multipart/mixed; boundary="-"; subscriptionSpec=1.0',
  );
  const source = await server.graph.source();
  source.push('{"data":{"count":1}}');
  await until(() => answer.text.endsWith('\r\n---'));
  source.push(undefined);
  await once(answer.response, 'end');
  assert.equal(
    answer.text,
    '\r\n---\r\ncontent-type: application/json; charset=utf-8\r\n\r\n{"payload":{"data":{"count":1}}}\r\n-----\r\n',
  );
});

test('multipart: what @defer puts off', async (t) => {
  const server = await serveGraph(t);
  const answer = await ask(server, DEFER, 'query Deferred { a ... @defer { b } }');
  assert.equal(answer.response.headers['content-type'], 'multipart/mixed; boundary="-"; deferSpec=20220824');
  const source = await server.graph.source();
  source.push('{"data":{"a":1},"hasNext":true}', '{"incremental":[],"hasNext":false}', undefined);
  await once(answer.response, 'end');
  const bodies = answer.text.split('\r\n---').map((part) => part.split('\r\n\r\n')[1]);
  assert.deepEqual(bodies, [
    undefined,
    '{"data":{"a":1},"hasNext":true}',
    '{"incremental":[],"hasNext":false}',
    undefined,
  ]);
});

test('a quiet stream shows that it lives', async (t) => {
  const clock = new ManualClock();
  const server = await serveGraph(t, { clock, subscriptions: { heartbeat: '10s' } });
  const sse = await ask(server, 'text/event-stream', 'subscription { count }');
  const parts = await ask(server, SUBSCRIPTION, 'subscription { count }');
  clock.advance(10_000);
  await until(() => sse.text === ':\n\n' && parts.text.includes('{}'));
  clock.advance(9_999);
  (await server.graph.source()).push('{"data":1}');
  await until(() => sse.text.includes('data: {"data":1}'));
  clock.advance(9_999);
  await until(() => sse.text.split(':\n\n').length === 2);
});

test('idle and lifetime end it, with the reason as its last word', async (t) => {
  const clock = new ManualClock();
  const server = await serveGraph(t, {
    clock,
    subscriptions: { idle: '1m', lifetime: '2m', heartbeat: '10m' },
  });
  const idle = await ask(server, 'text/event-stream', 'subscription { count }');
  const source = await server.graph.source();
  clock.advance(60_000);
  await source.returned;
  await once(idle.response, 'end');
  assert.match(
    idle.text,
    /^event: next\ndata: {"errors":\[.*"code":"STREAM_ENDED".*\n\nevent: complete\ndata: \n\n$/,
  );

  const busy = await ask(server, SUBSCRIPTION, 'subscription { count }');
  const alive = await server.graph.source();
  for (let i = 1; i < 4; i += 1) {
    clock.advance(30_000);
    alive.push('{"data":1}');
    await until(() => busy.text.split('{"data":1}').length === i + 1);
  }
  clock.advance(30_000);
  await once(busy.response, 'end');
  assert.match(busy.text, /{"payload":null,"errors":\[.*STREAM_ENDED.*\]}\r\n-----\r\n$/);
});

test('a source that breaks ends the stream with an error that tells no secret', async (t) => {
  const server = await serveGraph(t);
  for (const [accept, query] of [
    ['text/event-stream', 'subscription { count }'],
    [SUBSCRIPTION, 'subscription { count }'],
    [DEFER, 'query Deferred { a }'],
  ] as const) {
    const answer = await ask(server, accept, query);
    (await server.graph.source()).push(new Error('10.0.0.1 refused'));
    await once(answer.response, 'end');
    assert.match(answer.text, /"code":"INTERNAL"/);
    assert.doesNotMatch(answer.text, /10\.0\.0\.1/);
  }
});

test('draining ends streams in good order, new ones as well', async (t) => {
  const server = await serveGraph(t);
  const answer = await ask(server, 'text/event-stream', 'subscription { count }');
  const source = await server.graph.source();
  const drained = server.listener.drain();
  await once(answer.response, 'end');
  assert.match(answer.text, /DRAINING.*\n\nevent: complete\n/);
  await source.returned;
  assert.deepEqual(await drained, { cut: 0 });
});

test('M163 a revoked identity ends a stream over HTTP too', async (t) => {
  const clock = new ManualClock();
  let holds = true;
  const server = await serveGraph(t, {
    clock,
    stillHolds: () => holds,
    authenticator: { identify: () => makeIdentity(), credentialHeaders: new Set(), challenges: () => [] },
  });
  const answer = await ask(server, 'text/event-stream', 'subscription { count }');
  clock.advance(1_000);
  holds = false;
  clock.advance(1_000);
  await once(answer.response, 'end');
  assert.match(answer.text, /INVALID_CREDENTIALS/);
});

test('too many streams of one caller: 429', async (t) => {
  const server = await serveGraph(t, { subscriptions: { connectionsPerIdentity: 2 } });
  for (let i = 0; i < 2; i += 1) await ask(server, 'text/event-stream', 'subscription { count }');
  const refused = await ask(server, 'text/event-stream', 'subscription { count }');
  assert.equal(refused.response.statusCode, 429);
  await once(refused.response, 'end');
  assert.match(refused.text, /RATE_LIMITED/);
  for (let i = 0; i < 2; i += 1) await server.graph.source();
  await (await server.graph.source()).returned;
});

test('a reader that is slow holds back its source', async (t) => {
  const server = await serveGraph(t);
  const { response } = await ask(server, 'text/event-stream', 'subscription { count }');
  response.pause();
  const source = await server.graph.source();
  const payload = JSON.stringify({ data: 'x'.repeat(65_536) });
  const pushed = 1_000;
  source.push(...new Array<string>(pushed).fill(payload));
  let before = -1;
  while (before !== source.taken) {
    before = source.taken;
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(source.taken < pushed, 'it waits');
  response.resume();
  source.push(undefined);
  await once(response, 'end');
  assert.equal(source.taken, pushed);
});

test('the reload’s grace ends what began with the old configuration', async (t) => {
  const server = await serveGraph(t);
  const answer = await ask(server, 'text/event-stream', 'subscription { count }');
  await server.graph.source();
  server.generation.endAll(new FrontdeskError('stream_ended'), 0);
  await once(answer.response, 'end');
  assert.match(answer.text, /STREAM_ENDED/);
});
