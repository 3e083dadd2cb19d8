/** Plugins beside subscriptions: once as each begins, a policy for each fetch of an event; failures named, and nothing left open. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startServers, type Trip } from '../graph/testing/subscription-servers.fixture.ts';
import { FACES, plugins, scripted, throws, throwsAfter } from './noting-plugins.fixture.ts';
import { gateway } from './proxied.fixture.ts';

const QUERY = 'subscription { tripUpdated(id: "1") { sequence driver { name } } }';
const trip = (sequence: number): Trip => ({
  id: '1',
  sequence,
  driver: { __typename: 'Person', id: String(sequence) },
});
const eventOf = (sequence: number) => ({
  data: { tripUpdated: { sequence, driver: { name: `Person ${sequence}` } } },
});
const failedBy = (plugin: string) => ({
  message: 'A plugin of the gateway failed',
  extensions: { code: 'PLUGIN_FAILED', plugin, reason: 'threw' },
});

async function graphGateway(t: TestContext) {
  const servers = await startServers(t);
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-streams-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const supergraph = join(folder, 'supergraph.graphql');
  writeFileSync(supergraph, servers.supergraphSdl);
  const at = await gateway(t, { graph: { supergraph, planBudget: '10s', auth: 'none' }, plugins });
  return { servers, at };
}

test('subscriptions over SSE: once as it begins, and a policy for each fetch of an event', async (t) => {
  const { ran, passOn } = scripted(t);
  const { servers, at } = await graphGateway(t);
  const ask = (signal?: AbortSignal) =>
    fetch(`http://${at.host}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: QUERY }),
      ...(signal ? { signal } : {}),
    });
  passOn().seen = throwsAfter;
  const dropped = await ask();
  assert.deepEqual([dropped.status, JSON.parse(await dropped.text()).plugin], [500, 'seen']);
  await servers.whenOpen(0);
  passOn().called = throwsAfter;
  const refused = await ask();
  assert.deepEqual(
    [refused.status, JSON.parse(await refused.text())],
    [500, { errors: [failedBy('called')] }],
  );
  await servers.whenOpen(0);

  passOn();
  ran.length = 0;
  const leaving = new AbortController();
  const reader = (await ask(leaving.signal)).body?.getReader();
  assert.ok(reader);
  for (const sequence of [1, 2]) {
    servers.tell(trip(sequence));
    const text = Buffer.from((await reader.read()).value ?? []).toString();
    assert.deepEqual(JSON.parse(text.slice(text.indexOf('{'))), eventOf(sequence));
  }
  leaving.abort();
  await servers.whenOpen(0);
  const fetches = ['call subgraph:people', 'call subgraph:people'];
  assert.deepEqual(ran, ['request /graphql', 'call subgraph:trips', ...fetches]);
});

test('subscriptions over a WebSocket: the handshake, each operation; failures end the operation alone, or an event’s field', async (t) => {
  const { ran, does, passOn } = scripted(t);
  const { servers, at } = await graphGateway(t);
  const socket = createClient({
    url: `ws://${at.host}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazyCloseTimeout: 60_000,
  });
  t.after(() => socket.dispose());
  const events = socket.iterate({ query: QUERY });
  const told = async (sequence: number) => {
    const event = events.next();
    await servers.whenOpen(1);
    servers.tell(trip(sequence));
    return (await event).value;
  };
  assert.deepEqual(await told(1), eventOf(1));
  const begun = ['handshake /graphql', 'operation /graphql', 'call subgraph:trips'];
  assert.deepEqual(ran.splice(0), [...begun, 'call subgraph:people']);
  does.called = throws;
  assert.deepEqual(await told(2), {
    errors: [{ ...failedBy('called'), path: ['tripUpdated', 'driver', 'name'] }],
    data: { tripUpdated: { sequence: 2, driver: { name: null } } },
  });
  passOn();
  assert.deepEqual(await told(3), eventOf(3));
  assert.deepEqual(ran.splice(0), ['call subgraph:people', 'call subgraph:people']);
  await events.return?.();
  await servers.whenOpen(0);

  const thrown = () =>
    socket
      .iterate({ query: QUERY })
      .next()
      .then(
        () => assert.fail('it went on'),
        (error: unknown) => error,
      );
  for (const face of FACES) {
    passOn()[face] = throwsAfter;
    assert.deepEqual(await thrown(), [failedBy(face)]);
    await servers.whenOpen(0);
  }
  passOn().seen = throws;
  assert.deepEqual(await thrown(), [failedBy('seen')]);
  const [denied, spoken] = ['{"errors":[{"message":"Not today","extensions":{"code":"CLOSED"}}]}', 'no'];
  passOn().seen = (request) => request.respond(403, {}, denied);
  assert.deepEqual(await thrown(), JSON.parse(denied).errors);
  does.seen = async (request, next) => {
    await next();
    return request.respond(403, {}, spoken);
  };
  assert.deepEqual(await thrown(), [{ message: 'Access is denied', extensions: { code: 'FORBIDDEN' } }]);
  await servers.whenOpen(0);
  does.seen = (request) => request.respond(200, {}, '{"data":{"tripUpdated":null}}');
  assert.deepEqual((await socket.iterate({ query: QUERY }).next()).value, { data: { tripUpdated: null } });
  assert.ok(
    ran.every((line) => !line.startsWith('handshake')),
    'all on the one socket',
  );
});
