/** Holds every answer of the REST services to the OpenAPI documents in `schema`, and every document to its service. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isRecord } from '../http/request-body.ts';
import {
  at,
  type Call,
  call,
  closeDocumented,
  conform,
  covered,
  type Document,
  documents,
  type RestService,
  startDocumented,
  urlOf,
} from './openapi.fixture.ts';

before(startDocumented);
after(closeDocumented);

test('users', async () => {
  const user = await call('users', '/users/{id}', '/users/42', { status: 200 });
  assert.ok(isRecord(user) && user.internal_score !== undefined && user.password_hash !== undefined);
  await call('users', '/users/{id}', '/users/0', { status: 404 });
  const batch = await call('users', '/users', '/users?ids=3,none,1', { status: 200 });
  assert.match(JSON.stringify(batch), /^\{"users":\[\{"id":"3".*\{"id":"1"/);
  await call('users', '/users', '/users?first=200', { status: 200 });
  await call('users', '/users', '/users?first=201', { status: 400 });
});

test('recommendations', async () => {
  const answer = await call('recommendations', '/for', '/for?user=42&tier=gold&limit=5', { status: 200 });
  assert.ok(isRecord(answer) && Array.isArray(answer.recommendations));
  assert.equal(answer.recommendations.length, 5);
  await call('recommendations', '/for', '/for?user=nobody', { status: 200 });
  await call('recommendations', '/for', '/for?ids=1,2,3&limit=2', { status: 200 });
  await call('recommendations', '/for', '/for', { status: 400 });
  await call('recommendations', '/for', '/for?user=1&tier=lead', { status: 400 });
});

test('analytics', async () => {
  await call('analytics', '/summary', '/summary?user=42', { status: 200 });
  await call('analytics', '/summary', '/summary?ids=1,2,none', { status: 200 });
  await call('analytics', '/summary', '/summary', { status: 400 });
  await call('analytics', '/summary', '/summary?user=0', { status: 404 });
  await call('analytics', '/overview', '/overview', { status: 200 });
});

test('payments: charges and refunds, each done once for a key', async () => {
  const charges = (expected: Call) =>
    call('payments', '/charges', '/charges', { method: 'POST', ...expected });
  await call('payments', '/payments', '/payments?user=42&first=100', { status: 200 });
  await call('payments', '/payments', '/payments', { status: 400 });
  await call('payments', '/charges', '/charges?ids=ch_1,ch_2,none', { status: 200 });
  await call('payments', '/charges', '/charges', { status: 400 });

  const headers = { 'idempotency-key': 'k1' };
  const body = { user: '42', amount: 1250, order: 'o42' };
  const first = await charges({ status: 201, body, headers });
  assert.deepEqual(await charges({ status: 201, body, headers }), first);
  await charges({ status: 422, body: { ...body, amount: 1251 }, headers });
  assert.notDeepEqual(await charges({ status: 201, body }), first);
  await charges({ status: 402, body: { user: '42', amount: 40_200 } });
  await charges({ status: 422, body: { user: '42', amount: 0 } });
  await charges({ status: 400, body, headers: { 'idempotency-key': 'x'.repeat(256) } });
  await charges({ status: 415, body, headers: { 'content-type': 'text/plain' } });

  assert.ok(isRecord(first) && typeof first.id === 'string');
  const path = `/charges/${first.id}/refunds`;
  const refunds = (expected: Call, to = path) =>
    call('payments', '/charges/{id}/refunds', to, { method: 'POST', ...expected });
  const refund = await refunds({ status: 201, body: { amount: 250 }, headers: { 'idempotency-key': 'k2' } });
  assert.deepEqual(
    await refunds({ status: 201, body: { amount: 250 }, headers: { 'idempotency-key': 'k2' } }),
    refund,
  );
  await refunds({ status: 422, body: { amount: 1001 } });
  await refunds({ status: 400, body: {}, headers: { 'idempotency-key': 'x'.repeat(256) } });
  await refunds({ status: 415, body: {}, headers: { 'content-type': 'text/plain' } });
  await refunds({ status: 201 });
  await refunds({ status: 409 });
  await refunds({ status: 404 }, '/charges/none/refunds');
  await call('payments', '/charges/{id}/refunds', path, { status: 200 });
  await call('payments', '/charges/{id}/refunds', '/charges/none/refunds', { status: 404 });
  const after = await call('payments', '/charges/{id}', `/charges/${first.id}`, { status: 200 });
  assert.ok(isRecord(after));
  assert.equal(after.status, 'refunded');
  await call('payments', '/charges/{id}', '/charges/none', { status: 404 });
});

test('notifications', async () => {
  const path = '/notifications';
  const post = (expected: Call) => call('notifications', path, path, { method: 'POST', ...expected });
  await call('notifications', path, `${path}?user=42`, { status: 200 });
  await call('notifications', path, `${path}?user=42&unread=true&first=1`, { status: 200 });
  await call('notifications', path, path, { status: 400 });
  const made = await post({ status: 201, body: { user: '42', title: 'Hello', body: 'There' } });
  const after = await call('notifications', path, `${path}?user=42&first=1`, { status: 200 });
  assert.ok(isRecord(after));
  assert.deepEqual(after.notifications, [made]);
  await post({ status: 422, body: { user: '42', title: '' } });
  await post({ status: 415, body: {}, headers: { 'content-type': 'text/plain' } });
});

test('users: preferences and organizations', async () => {
  const template = '/users/{id}/preferences';
  const before = await call('users', template, '/users/42/preferences', { status: 200 });
  await call('users', template, '/users/0/preferences', { status: 404 });
  const patch = (expected: Call, id = '42') =>
    call('users', template, `/users/${id}/preferences`, { method: 'PATCH', ...expected });
  const body = { language: 'fr', favourite_vehicle: null };
  assert.ok(isRecord(before));
  assert.deepEqual(await patch({ status: 200, body }), { ...before, ...body });
  await patch({ status: 404, body }, '0');
  await patch({ status: 422, body: { language: 'eo' } });
  await patch({ status: 422, body: { theme: 'dark' } });
  await patch({ status: 415, body, headers: { 'content-type': 'text/plain' } });

  const ofUser = await call('users', '/organizations', '/organizations?user=42', { status: 200 });
  const acme = await call('users', '/organizations/{id}', '/organizations/acme', { status: 200 });
  assert.deepEqual(ofUser, { organizations: [acme] });
  await call('users', '/organizations', '/organizations', { status: 400 });
  await call('users', '/organizations/{id}', '/organizations/none', { status: 404 });
  const member = '/organizations/{id}/members/{user}';
  await call('users', member, '/organizations/acme/members/42', { status: 200 });
  await call('users', member, '/organizations/acme/members/1', { status: 404 });
});

test('payments: authorizations, captured or voided', async () => {
  const all = '/authorizations';
  const authorize = (key: string | undefined, expected: Call) => {
    const headers = { ...(key === undefined ? {} : { 'idempotency-key': key }), ...expected.headers };
    return call('payments', all, all, { method: 'POST', ...expected, headers });
  };
  const act = (id: string, action: 'capture' | 'void', expected: Call) =>
    call('payments', `${all}/{id}/${action}`, `${all}/${id}/${action}`, { method: 'POST', ...expected });
  const body = { user: '42', amount: 1_250, reference: 'ride' };
  const first = await authorize('a1', { status: 201, body });
  assert.deepEqual(await authorize('a1', { status: 201, body }), first);
  assert.ok(isRecord(first) && typeof first.id === 'string');
  await authorize('a1', { status: 422, body: { ...body, amount: 1 } });
  await authorize(undefined, { status: 400, body });
  await authorize('a2', { status: 402, body: { ...body, amount: 40_200 } });
  await authorize('a2', { status: 402, body: { ...body, user: '13' } });
  await authorize('a2', { status: 402, body: { ...body, user: '31', account: 'initech' } });
  await authorize('a2', { status: 415, body, headers: { 'content-type': 'text/plain' } });
  await call('payments', all, `${all}?key=a1`, { status: 200 });
  assert.deepEqual(await call('payments', all, `${all}?user=42`, { status: 200 }), {
    authorizations: [first],
  });
  await call('payments', all, all, { status: 400 });
  await call('payments', `${all}/{id}`, `${all}/${first.id}`, { status: 200 });
  await call('payments', `${all}/{id}`, `${all}/none`, { status: 404 });

  await act(first.id, 'capture', { status: 422, body: { amount: 1_251 } });
  await act(first.id, 'capture', { status: 415, body: {}, headers: { 'content-type': 'text/plain' } });
  const captured = await act(first.id, 'capture', { status: 200, body: { amount: 1_000 } });
  assert.deepEqual(await act(first.id, 'capture', { status: 200 }), captured);
  await act(first.id, 'capture', { status: 409, body: { amount: 1_250 } });
  await act(first.id, 'void', { status: 409 });
  await act('none', 'capture', { status: 404 });
  await act('none', 'void', { status: 404 });
  const second = await authorize('a3', {
    status: 201,
    body: { ...body, account: 'acme', cost_center: 'sales' },
  });
  assert.ok(isRecord(second) && typeof second.id === 'string');
  const voided = await act(second.id, 'void', { status: 200 });
  assert.deepEqual(await act(second.id, 'void', { status: 200 }), voided);
  await authorize('a3', { status: 409, body });

  const voids = (expected: Call) => call('payments', '/voids', '/voids', { method: 'POST', ...expected });
  await voids({ status: 409, body: { key: 'a1' } });
  assert.deepEqual(await voids({ status: 200, body: { key: 'a3' } }), { key: 'a3', authorization: voided });
  assert.deepEqual(await voids({ status: 200, body: { key: 'a4' } }), { key: 'a4', authorization: null });
  await authorize('a4', { status: 409, body });
  await voids({ status: 422, body: {} });
  await voids({ status: 415, body: {}, headers: { 'content-type': 'text/plain' } });
});

test('payments: methods, accounts, and the charges of an order', async () => {
  await call('payments', '/payment-methods', '/payment-methods?user=42', { status: 200 });
  await call('payments', '/payment-methods', '/payment-methods?user=0', { status: 404 });
  await call('payments', '/payment-methods', '/payment-methods', { status: 400 });
  await call('payments', '/accounts/{id}', '/accounts/acme', { status: 200 });
  await call('payments', '/accounts/{id}', '/accounts/none', { status: 404 });
  const ofOrder = await call('payments', '/charges', '/charges?order=o7', { status: 200 });
  assert.match(JSON.stringify(ofOrder), /^\{"charges":\[\{"id":"ch_7"/);
});

test('trips: quoted, made once for a key, cancelled', async () => {
  const quotes = '/quotes?from=52.52,13.405&to=52.53,13.41';
  const quote = await call('trips', '/quotes', `${quotes}&class=comfort&rider=42`, { status: 200 });
  await call('trips', '/quotes', '/quotes?from=52.52&to=52.53,13.41', { status: 400 });
  await call('trips', '/quotes', `${quotes}&class=rocket`, { status: 400 });
  await call('trips', '/quotes', '/quotes?from=0,0&to=40,40', { status: 400 });

  const pickup = { label: 'Here', latitude: 52.52, longitude: 13.405 };
  const dropoff = { label: 'There', latitude: 52.53, longitude: 13.41 };
  const body = { rider: '42', driver: 'd7', pickup, dropoff, vehicle_class: 'comfort' };
  const make = (key: string | undefined, expected: Call) => {
    const headers = { ...(key === undefined ? {} : { 'idempotency-key': key }), ...expected.headers };
    return call('trips', '/trips', '/trips', { method: 'POST', ...expected, headers });
  };
  const trip = await make('t1', { status: 201, body });
  assert.ok(isRecord(trip) && isRecord(quote));
  assert.deepEqual(trip.fare, quote.fare);
  assert.deepEqual(await make('t1', { status: 201, body }), trip);
  await make('t1', { status: 422, body: { ...body, driver: 'd8' } });
  await make('t2', { status: 422, body: { ...body, driver: 'nobody' } });
  await make('t2', { status: 409, body });
  await make(undefined, { status: 400, body });
  await make('t2', { status: 415, body, headers: { 'content-type': 'text/plain' } });

  assert.deepEqual(await call('trips', '/trips', '/trips?key=t1', { status: 200 }), { trips: [trip] });
  await call('trips', '/trips', '/trips?rider=42&status=completed', { status: 200 });
  await call('trips', '/trips', '/trips', { status: 400 });
  await call('trips', '/trips/{id}', `/trips/${trip.id}`, { status: 200 });
  await call('trips', '/trips/{id}', '/trips/t1', { status: 200 });
  await call('trips', '/trips/{id}', '/trips/none', { status: 404 });

  const cancel = (id: unknown, expected: Call) =>
    call('trips', '/trips/{id}/cancel', `/trips/${id}/cancel`, { method: 'POST', ...expected });
  const cancelled = await cancel(trip.id, { status: 200 });
  assert.deepEqual(await cancel(trip.id, { status: 200 }), cancelled);
  await cancel('t1', { status: 409 });
  await cancel('none', { status: 404 });
  await make('t1', { status: 409, body });
  const path = '/cancellations';
  const cancelKey = (expected: Call) => call('trips', path, path, { method: 'POST', ...expected });
  assert.deepEqual(await cancelKey({ status: 200, body: { key: 't1' } }), { key: 't1', trip: cancelled });
  assert.deepEqual(await cancelKey({ status: 200, body: { key: 't3' } }), { key: 't3', trip: null });
  await make('t3', { status: 409, body });
  const other = await make('t4', { status: 201, body });
  assert.ok(isRecord(other));
  const steering = { id: other.id, status: 'COMPLETED' };
  const headers = { 'content-type': 'application/json' };
  const url = `${urlOf('trips')}/__trips`;
  await fetch(url, { method: 'POST', headers, body: JSON.stringify(steering) });
  await cancelKey({ status: 409, body: { key: 't4' } });
  await cancelKey({ status: 422, body: {} });
  await cancelKey({ status: 415, body: {}, headers: { 'content-type': 'text/plain' } });
});

test('notifications: told once for a key, and taken back', async () => {
  const body = { user: '7', title: 'Your ride', body: 'is coming' };
  const tell = (expected: Call) =>
    call('notifications', '/notifications', '/notifications', { method: 'POST', ...expected });
  const headers = { 'idempotency-key': 'n1' };
  const told = await tell({ status: 201, body, headers });
  assert.deepEqual(await tell({ status: 201, body, headers }), told);
  const retract = (expected: Call) =>
    call('notifications', '/retractions', '/retractions', { method: 'POST', ...expected });
  const key = { key: 'n1' };
  assert.deepEqual(await retract({ status: 200, body: key }), { ...key, notification: told });
  assert.deepEqual(await retract({ status: 200, body: key }), { ...key, notification: null });
  await tell({ status: 409, body, headers });
  await retract({ status: 422, body: {} });
  await retract({ status: 415, body: {}, headers: { 'content-type': 'text/plain' } });
});

test('malformed JSON is a problem that the documents know', async () => {
  for (const [name, path, method = 'POST'] of [
    ['payments', '/charges'],
    ['payments', '/charges/ch_1/refunds'],
    ['payments', '/authorizations'],
    ['payments', '/authorizations/pa_1/capture'],
    ['payments', '/voids'],
    ['notifications', '/notifications'],
    ['notifications', '/retractions'],
    ['trips', '/trips'],
    ['trips', '/cancellations'],
    ['users', '/users/1/preferences', 'PATCH'],
  ] as const) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'malformed' };
    const response = await fetch(`${urlOf(name)}${path}`, { method, headers, body: '{' });
    assert.equal(response.status, 400);
    covered.add(`${name} ${method.toLowerCase()} ${path.replace(/ch_1|pa_1|(?<=users\/)1/, '{id}')} 400`);
  }
});

test('every answer in the documents was had', () => {
  for (const [name, document] of documents) {
    assert.ok(isRecord(document.paths));
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of ['get', 'post', 'patch']) {
        const responses = isRecord(item) && isRecord(item[method]) ? item[method].responses : {};
        assert.ok(isRecord(responses));
        for (const status of Object.keys(responses))
          assert.ok(
            covered.has(`${name} ${method} ${path} ${status}`),
            `${name} ${method} ${path} ${status}`,
          );
      }
    }
  }
});

test('every body that is asked or answered with has an example, which is true', () => {
  for (const [name, document] of documents) {
    assert.ok(isRecord(document.paths));
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of ['get', 'post', 'patch']) {
        if (!isRecord(item) || !isRecord(item[method])) continue;
        const operation = ['paths', path, method];
        const { requestBody, responses } = item[method];
        if (requestBody) holdExample(name, document, [...operation, 'requestBody']);
        for (const status of Object.keys(isRecord(responses) ? responses : {}))
          if (status.startsWith('2')) holdExample(name, document, [...operation, 'responses', status]);
      }
    }
  }
});

function holdExample(name: RestService, document: Document, body: readonly string[]): void {
  const where = body.join(' ');
  const media = [...body, 'content', 'application/json'];
  const { value } = at(document, ...media, 'example');
  assert.ok(value !== undefined, `${where} has no example`);
  conform(name, at(document, ...media, 'schema').pointer, value, where);
}
