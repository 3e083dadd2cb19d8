/** Live streams and progressive answers of a BFF through the whole gateway: real sockets, real backends. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startGateway } from '../app.ts';
import { jwksOf, makeKey, signToken } from '../auth/testing/issuer.ts';
import { configSchema } from '../config/schema.ts';
import { startServers } from '../graph/testing/subscription-servers.fixture.ts';
import type { Running } from '../running.ts';
import { TripBackend } from './live-bff.fixture.ts';

interface Stage {
  readonly backend: TripBackend;
  readonly running: Running;
  readonly url: string;
}

async function stage(t: TestContext, more: Record<string, unknown> = {}): Promise<Stage> {
  const backend = await TripBackend.start(t);
  const { bff, ...rest } = more;
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms' } },
    admin: { port: 0 },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    upstreams: { trips: { url: `http://127.0.0.1:${backend.port}` } },
    bffs: [{ package: './live-bff.fixture.ts', mount: '/m', ...(typeof bff === 'object' ? bff : {}) }],
    ...rest,
  });
  const running = await startGateway({ config, folder: import.meta.dirname });
  let drained: Promise<void> | undefined;
  const drain = running.drain.bind(running);
  t.after(() => (drained ??= drain()));
  return {
    backend,
    running: { ...running, drain: () => (drained ??= drain()) },
    url: `127.0.0.1:${running.addresses.public.port}/m`,
  };
}

/** An event stream, event by event. */
class Events {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = '';

  constructor(response: Response) {
    assert.ok(response.body);
    this.response = response;
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event's lines, without comments; `undefined` at the end. */
  async next(): Promise<Record<string, string> | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end < 0) {
        const { value, done } = await this.#reader.read();
        if (done) return undefined;
        this.#text += value;
        continue;
      }
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const event: Record<string, string> = {};
      for (const line of lines) {
        const colon = line.indexOf(': ');
        if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 2);
      }
      if (event.event) return event;
    }
  }

  /** As `next`, as its type and its data. */
  async told(): Promise<string | undefined> {
    const event = await this.next();
    return event && `${event.event} ${event.data}`;
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}

async function follow(url: string, headers: Record<string, string> = {}): Promise<Events> {
  return new Events(
    await fetch(`http://${url}/trips/t1/live`, { headers: { accept: 'text/event-stream', ...headers } }),
  );
}

const FIRST = 'screen {"status":"new","place":0,"tips":["tip"]}';

test('a live stream over SSE: the screen, then parts as they change, then its end', async (t) => {
  const { backend, url } = await stage(t);
  const events = await follow(url);
  assert.equal(events.response.headers.get('content-type'), 'text/event-stream');
  assert.equal(await events.told(), FIRST);
  await Promise.all([backend.whenOpen('/events', 1), backend.whenOpen('/statuses', 1)]);
  backend.send('/events', { place: 1 });
  assert.equal(await events.told(), 'place 1');
  backend.send('/statuses', { status: 'completed' });
  assert.equal(await events.told(), 'status "completed"');
  assert.equal(await events.told(), 'end {"reason":"done"}');
  assert.equal(await events.told(), undefined);
  await Promise.all([backend.whenOpen('/events', 0), backend.whenOpen('/statuses', 0)]);
});

test('one that comes back is told what is new alone, and nothing where all is told', async (t) => {
  const { backend, url } = await stage(t);
  const events = await follow(url);
  const id = (await events.next())?.id ?? '';
  await events.leave();
  await backend.whenOpen('/events', 0);
  backend.status = 'under_way';
  const again = await follow(url, { 'last-event-id': id });
  const { event, data, id: later = '' } = (await again.next()) ?? {};
  assert.deepEqual([event, data], ['status', '"under_way"']);
  await again.leave();
  backend.status = 'completed';
  const last = await follow(url, { 'last-event-id': later });
  const { id: final = '' } = (await last.next()) ?? {};
  assert.equal(await last.told(), 'end {"reason":"done"}');
  const over = await fetch(`http://${url}/trips/t1/live`, { headers: { 'last-event-id': final } });
  assert.equal(over.status, 204);
  const strange = await follow(url, { 'last-event-id': 'x' });
  assert.match((await strange.told()) ?? '', /^screen /);
  await strange.leave();
});

test('a feed that is killed is named, opened again, and ends nobody else', async (t) => {
  const { backend, url } = await stage(t);
  const events = await follow(url);
  assert.equal(await events.told(), FIRST);
  await backend.whenOpen('/events', 1);
  backend.kill('/events');
  assert.equal(await events.told(), 'incomplete {"parts":["place"]}');
  backend.send('/statuses', { status: 'under_way' });
  assert.equal(await events.told(), 'status "under_way"');
  await backend.whenOpen('/events', 1);
  backend.send('/events', { place: 5 });
  assert.equal(await events.told(), 'incomplete {"parts":[]}');
  assert.equal(await events.told(), 'place 5');
  await events.leave();
});

test('a caller has so many streams and no more; another media type is none', async (t) => {
  const { backend, url } = await stage(t);
  const open = [await follow(url), await follow(url)];
  await backend.whenOpen('/events', 2);
  const third = await fetch(`http://${url}/trips/t1/live`, { headers: { accept: '*/*' } });
  assert.equal(third.status, 429);
  const json = await fetch(`http://${url}/trips/t1/live`, { headers: { accept: 'application/json' } });
  assert.equal(json.status, 406);
  for (const events of open) await events.leave();
  await backend.whenOpen('/events', 0);
  await (await follow(url)).leave();
});

test('the gateway drains: streams are told, and end', async (t) => {
  const { running, url } = await stage(t);
  const events = await follow(url);
  assert.equal(await events.told(), FIRST);
  const drained = running.drain();
  assert.equal(await events.told(), 'end {"reason":"drain"}');
  assert.equal(await events.told(), undefined);
  await drained;
});

test('a token that expires ends the stream, and says so', async (t) => {
  const key = makeKey('live', 'ES256');
  const issuer = 'https://issuer.example';
  const jwt = { issuer, audience: 'frontdesk', keys: jwksOf(key), algorithms: ['ES256'], clockSkew: '0s' };
  const { backend, url } = await stage(t, { auth: { jwt }, bff: { auth: ['jwt'] } });
  const now = Math.floor(Date.now() / 1000);
  const token = signToken(key, { iss: issuer, aud: 'frontdesk', sub: 'ada', iat: now, exp: now + 2 });
  const events = await follow(url, { authorization: `Bearer ${token}` });
  assert.equal(await events.told(), FIRST);
  assert.match((await events.told()) ?? '', /^problem .*invalid-credentials/);
  assert.equal(await events.told(), 'end {"reason":"credentials"}');
  await backend.whenOpen('/events', 0);
});

const SUBSCRIPTION = 'subscription ($id: ID!) { tripLive(id: $id) { status now: place } }';
const VARIABLES = { id: 't1' };

async function value(results: AsyncIterator<unknown>): Promise<unknown> {
  return JSON.parse(JSON.stringify((await results.next()).value));
}

test('a subscription over WebSocket and over SSE: the whole state, of what is selected alone', async (t) => {
  const { backend, url } = await stage(t);
  const client = createClient({ url: `ws://${url}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
  t.after(() => client.dispose());
  const overSocket = client.iterate({ query: SUBSCRIPTION, variables: VARIABLES });
  const overSse = createSseClient({ url: `http://${url}/graphql`, retryAttempts: 0 }).iterate({
    query: SUBSCRIPTION,
    variables: VARIABLES,
  });
  const state = (status: string, now: number) => ({ data: { tripLive: { status, now } } });
  assert.deepEqual(await value(overSocket), state('new', 0));
  assert.deepEqual(await value(overSse), state('new', 0));
  await Promise.all([backend.whenOpen('/events', 2), backend.whenOpen('/statuses', 2)]);
  backend.send('/events', { place: 3 });
  assert.deepEqual(await value(overSocket), state('new', 3));
  assert.deepEqual(await value(overSse), state('new', 3));
  await overSocket.return?.();
  backend.send('/statuses', { status: 'completed' });
  assert.deepEqual(await value(overSse), state('completed', 3));
  assert.equal((await overSse.next()).done, true);
  await Promise.all([backend.whenOpen('/events', 0), backend.whenOpen('/statuses', 0)]);
});

test('a subscription over multipart: each state in a part of its own, then the last boundary', async (t) => {
  const { backend, url } = await stage(t);
  const response = await fetch(`http://${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'multipart/mixed;subscriptionSpec=1.0' },
    body: JSON.stringify({ query: SUBSCRIPTION, variables: VARIABLES }),
  });
  assert.match(response.headers.get('content-type') ?? '', /^multipart\/mixed;.*subscriptionSpec=1\.0/);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (piece: string): Promise<void> => {
    while (!text.includes(piece)) {
      const { value: more, done } = (await reader?.read()) ?? { done: true };
      assert.ok(!done, `it ended before ${piece}: ${text}`);
      text += more;
    }
  };
  await until('{"payload":{"data":{"tripLive":{"status":"new","now":0}}}}');
  await Promise.all([backend.whenOpen('/events', 1), backend.whenOpen('/statuses', 1)]);
  backend.send('/statuses', { status: 'completed' });
  await until('{"payload":{"data":{"tripLive":{"status":"completed","now":0}}}}');
  await until('-----');
  assert.equal((await reader?.read())?.done, true);
  await Promise.all([backend.whenOpen('/events', 0), backend.whenOpen('/statuses', 0)]);
});

const DEFERRED = 'query ($id: ID!) { trip(id: $id) { status ... @defer(label: "tips") { tips } } }';

test('what is deferred follows, as events and as parts, and costs the backend nothing twice', async (t) => {
  const { backend, url } = await stage(t);
  for (const accept of ['text/event-stream', 'multipart/mixed; deferSpec=20220824']) {
    const { promise, resolve } = Promise.withResolvers<void>();
    backend.slow = promise;
    const response = await fetch(`http://${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query: DEFERRED, variables: VARIABLES }),
    });
    assert.equal(response.status, 200);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('"hasNext":true')) text += (await reader?.read())?.value ?? '';
    assert.match(text, /"data":\{"trip":\{"status":"new"\}\}/);
    resolve();
    for (let more = await reader?.read(); more && !more.done; more = await reader?.read()) text += more.value;
    assert.match(text, /"hasNext":false/);
    assert.match(text, /"data":\{"tips":\["tip"\]\},"path":\["trip"\],"label":"tips"/);
  }
  const plain = await fetch(`http://${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: DEFERRED, variables: VARIABLES }),
  });
  assert.deepEqual(await plain.json(), { data: { trip: { status: 'new', tips: ['tip'] } } });
});

test('a screen as it comes: what is there at once, then each part, as events and as parts', async (t) => {
  const { backend, url } = await stage(t);
  for (const accept of ['text/event-stream', 'multipart/mixed']) {
    const { promise, resolve } = Promise.withResolvers<void>();
    backend.slow = promise;
    const response = await fetch(`http://${url}/trips/t1`, { headers: { accept } });
    assert.equal(response.status, 200);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('{"status":"new","place":0}')) text += (await reader?.read())?.value ?? '';
    assert.doesNotMatch(text, /tips/);
    resolve();
    for (let more = await reader?.read(); more && !more.done; more = await reader?.read()) text += more.value;
    const told = accept.startsWith('text')
      ? /event: part\ndata: \{"part":"tips","value":\["tip"\]\}\n\nevent: end\ndata: \{"incomplete":\[\]\}\n\n$/
      : /\{"tips":\["tip"\]\}\r\n-----\r\n$/;
    assert.match(text, told);
  }
  const whole = await fetch(`http://${url}/trips/t1`, {
    headers: { accept: 'application/json, text/event-stream' },
  });
  assert.deepEqual(await whole.json(), { status: 'new', place: 0, tips: ['tip'] });
});

test('a subscription on the federated graph, in the process, though clients may name registered documents alone', async (t) => {
  const servers = await startServers(t);
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-live-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'supergraph.graphql'), servers.supergraphSdl);
  const documents = { only: 'registered' };
  const graph = { supergraph: join(folder, 'supergraph.graphql'), planBudget: '10s', documents };
  const { url } = await stage(t, { graph });
  const open = await Promise.all(
    [1, 2].map(async () => {
      const response = await fetch(`http://${url}/sequences/1`, { headers: { accept: 'text/event-stream' } });
      return new Events(response);
    }),
  );
  const tell = async (said: string) => {
    for (const events of open) assert.equal(await events.told(), said);
  };
  await tell('screen {"sequence":null}');
  // Both share one stream of the subgraph.
  await servers.whenOpen(1);
  const driver = { __typename: 'Person', id: 'p1' } as const;
  servers.tell({ id: '1', sequence: 1, driver });
  await tell('sequence 1');
  servers.tell({ id: '1', sequence: 2, driver });
  await tell('sequence 2');
  for (const events of open) await events.leave();
  await servers.whenOpen(0);
});
