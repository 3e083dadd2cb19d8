import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-sse';
import { isRecord } from './http/request-body.ts';
import { type RunningService, type ServiceName, startService, World } from './index.ts';

const NAMES = ['trips', 'payments', 'dispatch', 'live', 'accounts', 'users', 'notifications'] as const;
const world = new World();
const services = new Map<ServiceName, RunningService>();

before(async () => {
  world.trips.setPace(0);
  for (const name of NAMES) services.set(name, await startService(name, { port: 0, world }));
});
after(() => Promise.all(services.values().map((service) => service.close())));

const urlOf = (name: ServiceName) => services.get(name)?.url ?? '';

async function send(
  name: ServiceName,
  path: string,
  body?: object,
  key = '',
): Promise<Record<string, unknown>> {
  const response = await fetch(`${urlOf(name)}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: {
      connection: 'close',
      ...(body && { 'content-type': 'application/json', 'idempotency-key': key }),
    },
    body: body ? JSON.stringify(body) : null,
  });
  const answer: unknown = await response.json();
  assert.ok(isRecord(answer));
  return { ...answer, http: response.status };
}

const pickup = { label: 'Here', latitude: 52.52, longitude: 13.405 };
const dropoff = { label: 'There', latitude: 52.53, longitude: 13.41 };

async function orderRide(key: string, driver: string) {
  const reserved = world.drivers.reserve(driver, key, 60_000);
  if (typeof reserved === 'string') assert.fail(reserved);
  const payment = await send('payments', '/authorizations', { user: '42', amount: 700 }, key);
  const asked = { rider: '42', driver, pickup, dropoff, reservation: reserved.name, payment: payment.id };
  return { reserved, payment, trip: await send('trips', '/trips', asked, key) };
}

test('a trip that completes frees its driver and charges its payment; one that is cancelled does neither', async () => {
  const ended = await orderRide('done', 'd1');
  const cancelled = await orderRide('dropped', 'd2');
  await send('trips', '/__trips', { id: ended.trip.id, status: 'COMPLETED' });
  await send('trips', `/trips/${cancelled.trip.id}/cancel`, {});
  const { reservations } = await send('dispatch', '/__books');
  assert.ok(Array.isArray(reservations));
  assert.deepEqual(
    reservations.map(({ request_id }) => request_id),
    ['dropped'],
  );
  const { totals } = await send('payments', '/__books');
  assert.deepEqual(totals, { authorized: 700, captured: 700, voided: 0 });
  const { trips, by_status } = await send('trips', '/__books');
  assert.deepEqual(by_status, { requested: 0, under_way: 0, completed: 1, cancelled: 1 });
  assert.match(JSON.stringify(trips), /"key":"done","status":"completed"/);
});

test('every service sees a trip of run time as it is', async () => {
  const { trip } = await orderRide('seen', 'd3');
  const id = String(trip.id);
  const query = `{ trip(id: "${id}") { status payment vehicleClass progress { percent } timeline { status } driver { id } } }`;
  const graph = await send('trips', '/graphql', { query });
  assert.match(
    JSON.stringify(graph.data),
    /"status":"REQUESTED","payment":"pa_\d+","vehicleClass":"COMPACT"/,
  );
  const client = createClient({ url: `${urlOf('trips')}/graphql` });
  const told = client.iterate({
    query: `subscription { tripUpdated(id: "${id}") { status progress { percent } } }`,
  });
  assert.match(JSON.stringify(await told.next()), /"status":"REQUESTED"/);

  const stopped = new AbortController();
  const events = await fetch(`${urlOf('live')}/events?trip=${id}`, { signal: stopped.signal });
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader() ?? assert.fail();
  let text = '';
  const until = async (part: string) => {
    while (!text.includes(part)) text += (await reader.read()).value ?? assert.fail(text);
  };
  await until('id: 1\n');
  await send('live', '/__trips', { id, status: 'UNDER_WAY' });
  assert.match(JSON.stringify(await told.next()), /"status":"UNDER_WAY"/);
  await until('id: 2\n');
  await send('trips', '/__trips', { id, status: 'COMPLETED' });
  await until('event: done');
  assert.match(JSON.stringify(await told.next()), /"COMPLETED","progress":\{"percent":100\}/);
  assert.equal((await told.next()).done, true);
  client.dispose();
  stopped.abort();
  const behind = await fetch(`${urlOf('live')}/events?trip=${id}`, { headers: { 'last-event-id': '2' } });
  assert.match(await behind.text(), /^retry: 1000\n\nid: 3\nevent: position\n.*"COMPLETED".*\n\nevent: done/);
});

test('a service that is started again has lost nothing', async () => {
  const { trip } = await orderRide('kept', 'd4');
  for (const name of ['trips', 'payments'] as const) {
    const service = services.get(name) ?? assert.fail();
    await service.close();
    services.set(name, await startService(name, { port: service.port, world }));
  }
  const again = await send('trips', `/trips/${trip.id}`);
  assert.deepEqual({ ...again, http: 201 }, trip);
  const replay = await send('payments', '/authorizations', { user: '42', amount: 700 }, 'kept');
  assert.equal(replay.id, trip.payment);
});

test('a thousand at once with one key hold the money once', async () => {
  const { totals: before } = await send('payments', '/__books');
  const retries = Array.from({ length: 1_000 }, () =>
    fetch(`${urlOf('payments')}/authorizations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'storm' },
      body: JSON.stringify({ user: '8', amount: 123 }),
    }).then(async (response) => `${response.status} ${await response.text()}`),
  );
  assert.equal(new Set(await Promise.all(retries)).size, 1);
  const { totals } = await send('payments', '/__books');
  assert.ok(isRecord(before) && isRecord(totals));
  assert.equal(Number(totals.authorized) - Number(before.authorized), 123);
});

test('a profile and preferences that are changed in the graph are changed for the service of users', async () => {
  const query =
    'mutation { updateProfile(input: { city: "Bremen" }) { city } updatePreferences(input: { language: FR }) { preferences { language } } }';
  const response = await fetch(`${urlOf('accounts')}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user-id': '9', connection: 'close' },
    body: JSON.stringify({ query }),
  });
  assert.match(await response.text(), /"city":"Bremen".*"language":"FR"/);
  assert.equal((await send('users', '/users/9')).city, 'Bremen');
  assert.equal((await send('users', '/users/9/preferences')).language, 'fr');
});
