import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { quoteFor } from '../data/quote.ts';
import type { FaultRule } from '../http/fault-rule.ts';
import { isRecord } from '../http/request-body.ts';
import { startService, World } from '../index.ts';

const world = new World();
const service = await startService('dispatch', { port: 0, world });
const client = new Client(`127.0.0.1:${service.port}`, credentials.createInsecure());
after(async () => {
  client.close();
  await service.close();
});
afterEach(() => fetch(`${service.url}/__faults`, { method: 'DELETE' }));

const schema = (path: string): string => fileURLToPath(import.meta.resolve(`@frontdesk/schema/${path}`));
const loaded = loadSync([schema('dispatch.proto'), schema('grpc/health.proto')], {
  includeDirs: [dirname(schema('dispatch.proto'))],
  longs: String,
  enums: String,
});

function methodOf(name: string, of = 'frontdesk.dispatch.v1.Dispatch') {
  const definition = loaded[of];
  const method = definition && !('format' in definition) ? definition[name] : undefined;
  assert.ok(method);
  return method;
}

function call(name: string, request: object, of?: string): Promise<Record<string, unknown>> {
  const { path, requestSerialize, responseDeserialize } = methodOf(name, of);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      (error, reply) => {
        if (error) reject(error);
        else resolve(isRecord(reply) ? { ...reply } : {});
      },
    );
  });
}

async function refusal(name: string, request: object): Promise<ServiceError> {
  return call(name, request).then(
    () => assert.fail('no refusal'),
    (error: ServiceError) => error,
  );
}

const near = { latitude: 52.52, longitude: 13.405 };

function faults(rule: FaultRule): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${service.url}/__faults`, { method: 'POST', headers, body: JSON.stringify(rule) });
}

test('finds the nearest driver, and nobody where nobody is', async () => {
  const driver = await call('FindDriver', { near });
  assert.match(String(driver.id), /^d\d+$/);
  assert.ok(Number(driver.distanceMeters) < 20_000);
  const nobody = await refusal('FindDriver', { near: { latitude: -80, longitude: 0 }, withinMeters: 1000 });
  assert.equal(nobody.code, status.NOT_FOUND);
});

test('a request that lacks a member is refused with the field that is to blame', async () => {
  const { code, metadata } = await refusal('FindDriver', {});
  assert.equal(code, status.INVALID_ARGUMENT);
  assert.match(String(metadata.get('grpc-status-details-bin')[0]), /google\.rpc\.BadRequest.*near/s);
});

test('a driver is held once, by the same request as often as it likes, until released', async () => {
  const first = await call('Reserve', { driverId: 'd2', requestId: 'a' });
  assert.deepEqual(await call('Reserve', { driverId: 'd2', requestId: 'a' }), first);
  assert.equal((await refusal('Reserve', { driverId: 'd2', requestId: 'b' })).code, status.ALREADY_EXISTS);
  await call('Release', { name: first.name });
  await call('Release', { name: first.name });
  assert.notEqual((await call('Reserve', { driverId: 'd2', requestId: 'b' })).name, first.name);
});

test('a trip is tracked place by place', async () => {
  const { path, requestSerialize, responseDeserialize } = methodOf('Track');
  const request = { tripId: 't1', intervalMs: 1 };
  const places: unknown[] = [];
  for await (const position of client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
  )) {
    places.push(position);
  }
  assert.ok(places.length >= 3);
  const nowhere = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {
    tripId: 't0',
  });
  await assert.rejects(nowhere.toArray(), { code: status.NOT_FOUND });
});

test('a trip that moves now is tracked as it moves', async () => {
  world.trips.setPace(0);
  const dropoff = { label: 'There', latitude: 52.53, longitude: 13.41 };
  const pickup = { label: 'Here', ...near };
  const { id } = world.trips.add({
    key: 'k',
    rider: '42',
    driver: 'd9',
    reservation: null,
    payment: null,
    account: null,
    costCenter: null,
    pickup,
    dropoff,
    quote: quoteFor(pickup, dropoff, 'COMPACT', undefined),
  });
  assert.equal((await refusal('Reserve', { driverId: 'd9', requestId: 'x' })).code, status.ALREADY_EXISTS);
  const { path, requestSerialize, responseDeserialize } = methodOf('Track');
  const request = { tripId: id };
  const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
  const positions: string[] = [];
  for await (const { sequence, place } of stream) {
    positions.push(`${sequence} ${place.latitude}`);
    world.trips.move(id, 'COMPLETED');
  }
  assert.deepEqual(positions, ['0 52.52', '1 52.53']);
});

test('what a request reserved is let go by the request, and what comes of it later is refused', async () => {
  await call('Reserve', { driverId: 'd4', requestId: 'unheard' });
  assert.equal(
    (await refusal('Reserve', { driverId: 'd5', requestId: 'unheard' })).code,
    status.FAILED_PRECONDITION,
  );
  await call('Release', { requestId: 'unheard' });
  const late = await refusal('Reserve', { driverId: 'd4', requestId: 'unheard' });
  assert.equal(late.code, status.FAILED_PRECONDITION);
  const books: unknown = await (await fetch(`${service.url}/__books`)).json();
  assert.ok(isRecord(books) && Array.isArray(books.reservations));
  assert.ok(!books.reservations.some(({ driver_id }) => driver_id === 'd4'));
});

test('positions are summed up, and a chat is answered message by message', async () => {
  const { path, requestSerialize, responseDeserialize } = methodOf('ReportPositions');
  const summary = await new Promise((resolve, reject) => {
    const sending = client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      (error, reply) => (error ? reject(error) : resolve(reply)),
    );
    sending.write({ tripId: 't1', place: near });
    sending.write({ tripId: 't1', place: { ...near, latitude: 52.53 } });
    sending.end();
  });
  assert.deepEqual({ ...Object(summary) }, { received: 2, distanceMeters: 1110 });
  const chat = methodOf('Chat');
  const talk = client.makeBidiStreamRequest(chat.path, chat.requestSerialize, chat.responseDeserialize);
  talk.write({ text: 'hello' });
  const [heard] = await talk.take(1).toArray();
  assert.equal(heard.text, 'heard: hello');
  talk.end();
});

test('is healthy', async () => {
  assert.equal((await call('Check', { service: '' }, 'grpc.health.v1.Health')).status, 'SERVING');
});

test('calls are counted, and go wrong on request', async () => {
  await fetch(`${service.url}/__stats`, { method: 'DELETE' });
  await faults({ path: '/frontdesk.dispatch.v1.Dispatch/GetDriver', grpcStatus: 8, count: 1 });
  assert.equal((await refusal('GetDriver', { id: 'd1' })).code, status.RESOURCE_EXHAUSTED);
  assert.equal((await call('GetDriver', { id: 'd1' })).id, 'd1');
  await faults({ errorRate: 1, count: 1 });
  assert.equal((await refusal('GetDriver', { id: 'd1' })).code, status.UNAVAILABLE);
  await faults({ reset: true, count: 1 });
  assert.equal((await refusal('GetDriver', { id: 'd1' })).code, status.UNAVAILABLE);
  const stats: unknown = await (await fetch(`${service.url}/__stats`)).json();
  assert.ok(isRecord(stats));
  assert.deepEqual(stats.requests, { 'POST /frontdesk.dispatch.v1.Dispatch/GetDriver': 4 });
  assert.equal(stats.inFlight, 0);
});

test('a call can be done and its reply lost', async () => {
  await faults({ path: '/frontdesk.dispatch.v1.Dispatch/Reserve', after: true, grpcStatus: 14, count: 1 });
  const lost = await refusal('Reserve', { driverId: 'd3', requestId: 'lost' });
  assert.equal(lost.code, status.UNAVAILABLE);
  assert.equal(
    (await refusal('Reserve', { driverId: 'd3', requestId: 'other' })).code,
    status.ALREADY_EXISTS,
  );
});
