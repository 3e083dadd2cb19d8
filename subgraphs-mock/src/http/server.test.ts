import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { Problem, writeAnswer } from './problem.ts';
import { isRecord, readJson } from './request-body.ts';
import { serve } from './server.ts';
import type { StatsReport } from './stats.ts';

const FREE = { port: 0, host: '127.0.0.1' };
const server = await serve(
  () => ({
    async handle(request, response) {
      if (request.url === '/broken') throw new Problem(409, 'no', { 'x-why': 'because' });
      writeAnswer(response, { status: 200, body: request.method === 'POST' ? await readJson(request) : {} });
    },
  }),
  FREE,
);
after(() => server.close());

function isReport(value: unknown): value is StatsReport {
  return isRecord(value) && Array.isArray(value.recent) && isRecord(value.requests);
}

async function stats(): Promise<StatsReport> {
  const report = await (await fetch(`${server.url}/__stats`)).json();
  assert.ok(isReport(report));
  return report;
}

test('requests are counted by method and path, steering is not', async () => {
  await fetch(`${server.url}/__stats`, { method: 'DELETE' });
  await (await fetch(`${server.url}/users/42?x=1`)).text();
  await (await fetch(`${server.url}/users/42?x=2`)).text();
  await (
    await fetch(`${server.url}/`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
  ).text();
  const { total, requests, inFlight } = await stats();
  assert.equal(total, 3);
  assert.deepEqual(requests, { 'GET /users/42': 2, 'POST /': 1 });
  assert.equal(inFlight, 0);
});

test('the last requests are kept as they came, at most fifty', async () => {
  for (let i = 0; i < 55; i++)
    await (await fetch(`${server.url}/n/${i}`, { headers: { 'X-User-Id': '1' } })).text();
  const { recent } = await stats();
  assert.equal(recent.length, 50);
  assert.equal(recent[0]?.url, '/n/5');
  assert.equal(recent.at(-1)?.url, '/n/54');
  assert.equal(recent.at(-1)?.headers['x-user-id'], '1');
  assert.ok(recent.at(-1)?.rawHeaders.some((name) => name.toLowerCase() === 'x-user-id'));
});

test('the most requests at once are known', async () => {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${server.url}/__faults`, { method: 'POST', headers, body: '{"hang": true}' });
  await fetch(`${server.url}/__stats`, { method: 'DELETE' });
  const gaveUp = new AbortController();
  const hanging = [1, 2, 3].map(() => fetch(server.url, { signal: gaveUp.signal }));
  await (await fetch(`${server.url}/__faults/taken?count=3`)).text();
  assert.equal((await stats()).peakInFlight, 3);
  gaveUp.abort();
  await Promise.allSettled(hanging);
  await fetch(`${server.url}/__faults`, { method: 'DELETE' });
});

test('what a handler refuses is a problem document', async () => {
  const response = await fetch(`${server.url}/broken`);
  assert.equal(response.status, 409);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.equal(response.headers.get('x-why'), 'because');
  const malformed = await fetch(server.url, {
    method: 'POST',
    body: '{',
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(malformed.status, 400);
  assert.equal((await fetch(server.url, { method: 'POST', body: 'x' })).status, 415);
  assert.equal((await fetch(`${server.url}/__nothing`)).status, 404);
  const large = JSON.stringify('x'.repeat(3_000_000));
  const tooLarge = await fetch(server.url, {
    method: 'POST',
    body: large,
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(tooLarge.status, 413);
});

test('closing destroys open connections, and the port can be had again at once', async () => {
  const first = await serve(() => ({ handle: () => {} }), FREE);
  const socket = connect(first.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await first.close();
  await closed;
  await first.close();
  const again = await serve(() => ({ handle: (_, response) => void response.end('up') }), {
    port: first.port,
    host: '127.0.0.1',
  });
  assert.equal(await (await fetch(again.url)).text(), 'up');
  await assert.rejects(
    serve(() => ({ handle: () => {} }), { port: again.port, host: '127.0.0.1' }),
    {
      code: 'EADDRINUSE',
    },
  );
  await again.close();
});

test('a service that can not be made gives its port back', async () => {
  let port = 0;
  const factory = (url: string) => {
    port = Number(new URL(url).port);
    throw new Error('no keys');
  };
  await assert.rejects(serve(factory, FREE), /no keys/);
  const taken = await serve(() => ({ handle: () => {} }), { port, host: '127.0.0.1' });
  await taken.close();
});
