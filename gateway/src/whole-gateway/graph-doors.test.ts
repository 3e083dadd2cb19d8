/** Rules on documents, costs and introspection hold at every door of the running gateway: GET, POST and WebSocket. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { startGateway } from '../app.ts';
import { configSchema } from '../config/schema.ts';
import { startServers } from '../graph/testing/subscription-servers.fixture.ts';

const TYPENAME = '{ __typename }';

async function start(t: TestContext, graph: Record<string, unknown>, more: Record<string, unknown> = {}) {
  const servers = await startServers(t);
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-doors-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms' } },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    graph: {
      supergraph: file('supergraph.graphql', servers.supergraphSdl),
      planBudget: '10s',
      ...graph,
      ...(graph.documents
        ? { documents: { manifest: file('m.json', `{"mine":"${TYPENAME}"}`), only: 'registered' } }
        : {}),
    },
    ...more,
  });
  const running = await startGateway({ config, folder });
  t.after(() => running.drain());
  return `127.0.0.1:${running.addresses.public.port}/graphql`;
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

/** One operation by each door; what it was answered. */
async function byAllDoors(url: string, request: Record<string, string>): Promise<Answer[]> {
  const search = new URLSearchParams(request);
  const got = await fetch(`http://${url}?${search}`);
  const posted = await fetch(`http://${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  return [
    JSON.parse(await got.text()),
    JSON.parse(await posted.text()),
    ...(await overSocket(url, [request])),
  ];
}

/** Operations over one WebSocket, one after another; an `error` message is told as errors. */
async function overSocket(url: string, requests: readonly Record<string, string>[]): Promise<Answer[]> {
  const socket = new WebSocket(`ws://${url}`, 'graphql-transport-ws');
  const answers: Answer[] = [];
  const ask = (): void => {
    const payload = requests[answers.length];
    if (payload) socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    else socket.close();
  };
  socket.on('open', () => socket.send('{"type":"connection_init"}'));
  socket.on('message', (bytes) => {
    const { type, payload } = JSON.parse(String(bytes));
    if (type === 'next') answers.push(payload);
    if (type === 'error') answers.push({ errors: payload });
    if (type !== 'next') ask();
  });
  await once(socket, 'close');
  return answers;
}

const codes = (answers: readonly Answer[]) => answers.map(({ errors }) => errors?.[0]?.extensions?.code);

test('H116 introspection stays off by GET, POST and WebSocket', async (t) => {
  const url = await start(t, {});
  for (const query of ['{ __schema { types { name } } }', '{ x: __type(name: "Query") { name } }']) {
    assert.deepEqual(codes(await byAllDoors(url, { query })), Array(3).fill('INVALID_QUERY'));
  }
});

test('H120 free text is refused by GET, POST and WebSocket; registered documents are served', async (t) => {
  const url = await start(t, { documents: true });
  const free = await byAllDoors(url, { query: TYPENAME });
  assert.deepEqual(codes(free), Array(3).fill('PERSISTED_DOCUMENT_REQUIRED'));
  const named = await byAllDoors(url, { documentId: 'mine' });
  assert.deepEqual(named, Array(3).fill({ data: { __typename: 'Query' } }));
});

test('H114 each operation over a WebSocket draws its cost, as one over HTTP does', async (t) => {
  const plans = { visitor: { anonymous: true, limit: { capacity: 5, refill: '1/h' } } };
  const charged = { charge: 'cost', auth: ['anonymous'] };
  const url = await start(t, charged, { plans });
  const query = { query: TYPENAME };
  const answers = await overSocket(url, Array(6).fill(query));
  const refusals = codes(answers).filter((code) => code === 'RATE_LIMITED').length;
  assert.ok(refusals >= 1 && refusals < 6, JSON.stringify(answers));
});
