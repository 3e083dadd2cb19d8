/** Holds every answer of the REST services to the OpenAPI documents in `schema`, and every document to its service. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { parse } from 'yaml';
import { isRecord } from '../http/request-body.ts';
import { type RunningService, type ServiceName, startService } from '../index.ts';

const REST_SERVICES = ['users', 'recommendations', 'analytics', 'payments', 'notifications'] as const;
type RestService = (typeof REST_SERVICES)[number];

const services = new Map<ServiceName, RunningService>();
const documents = new Map<RestService, Readonly<Record<string, unknown>>>();
const covered = new Set<string>();
const ajv = new Ajv2020({ strict: false, formats: fullFormats });

before(async () => {
  for (const name of REST_SERVICES) {
    services.set(name, await startService(name, { port: 0 }));
    const location = fileURLToPath(import.meta.resolve(`@frontdesk/schema/${name}.openapi.yaml`));
    const document: unknown = parse(readFileSync(location, 'utf8'));
    assert.ok(isRecord(document));
    documents.set(name, document);
    ajv.addSchema({ $id: name, ...document });
  }
});
after(() => Promise.all(services.values().map((service) => service.close())));

/** The member of a document at a path of keys, with references within the document followed. */
function at(
  document: Readonly<Record<string, unknown>>,
  ...keys: readonly string[]
): { pointer: string; value: unknown } {
  let value: unknown = document;
  let pointer = '#';
  for (const key of keys) {
    if (!isRecord(value)) return { pointer, value: undefined };
    value = value[key];
    pointer += `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (isRecord(value) && typeof value.$ref === 'string') {
      pointer = value.$ref;
      value = at(document, ...pointer.slice(2).split('/')).value;
    }
  }
  return { pointer, value };
}

interface Call {
  readonly method?: 'GET' | 'POST';
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls, and holds the answer to what the document says of `template`. */
async function call(name: RestService, template: string, path: string, expected: Call): Promise<unknown> {
  const { method = 'GET', status, body, headers = {} } = expected;
  const response = await fetch(`${services.get(name)?.url}${path}`, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  const where = `${method} ${path}`;
  assert.equal(response.status, status, `${where}: ${JSON.stringify(answer)}`);
  const document = documents.get(name) ?? {};
  const keys = ['paths', template, method.toLowerCase(), 'responses', String(status), 'content'];
  const contentType = response.headers.get('content-type') ?? '';
  const { pointer, value } = at(document, ...keys, contentType, 'schema');
  assert.ok(value, `${where}: ${status} ${contentType} is not in the document`);
  const validate = ajv.compile({ $ref: `${name}${encodeURI(pointer)}` });
  assert.ok(validate(answer), `${where}: ${ajv.errorsText(validate.errors)}`);
  covered.add(`${name} ${method.toLowerCase()} ${template} ${status}`);
  return answer;
}

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

test('malformed JSON is a problem that the documents know', async () => {
  for (const [name, path] of [
    ['payments', '/charges'],
    ['payments', '/charges/ch_1/refunds'],
    ['notifications', '/notifications'],
  ] as const) {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${services.get(name)?.url}${path}`, { method: 'POST', headers, body: '{' });
    assert.equal(response.status, 400);
    covered.add(`${name} post ${path.replace('ch_1', '{id}')} 400`);
  }
});

test('every answer in the documents was had', () => {
  for (const [name, document] of documents) {
    assert.ok(isRecord(document.paths));
    for (const [path, item] of Object.entries(document.paths)) {
      for (const method of ['get', 'post']) {
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
