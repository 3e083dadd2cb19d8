import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gateway, httpBackend } from '../whole-gateway/proxied.fixture.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'orders', version: '1' },
  servers: [{ url: 'http://backend/v1' }],
  paths: {
    '/orders/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } }],
      get: {
        operationId: 'getOrder',
        parameters: [
          { name: 'first', in: 'query', schema: { type: 'integer', maximum: 100 } },
          { name: 'X-Trace', in: 'header', schema: { type: 'string', format: 'uuid' } },
        ],
        responses: {
          '200': {
            description: 'it',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } },
          },
        },
      },
      put: {
        operationId: 'putOrder',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } },
        },
        responses: { '204': { description: 'done' } },
      },
    },
  },
  components: {
    schemas: {
      Order: {
        type: 'object',
        required: ['id', 'items'],
        additionalProperties: false,
        properties: {
          id: { type: 'integer', readOnly: true },
          items: {
            type: 'array',
            maxItems: 1_000,
            items: {
              type: 'object',
              required: ['sku', 'price'],
              properties: {
                sku: { type: 'string', pattern: '^[A-Z]{2}-[0-9]+$' },
                price: { type: 'number', minimum: 0 },
              },
            },
          },
        },
      },
    },
  },
};

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly errors: readonly Record<string, unknown>[];
}

interface Door {
  readonly host: string;
  readonly seen: { method: string; url: string; body: Buffer }[];
  answer: { status: number; type: string; body: string };
  metrics(): Promise<string>;
  ask(path: string, init?: RequestInit): Promise<Answer>;
}

async function door(
  t: TestContext,
  validate: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Promise<Door> {
  const folder = mkdtempSync(join(tmpdir(), 'validate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'orders.openapi.json');
  writeFileSync(file, JSON.stringify(DOCUMENT));
  const seen: Door['seen'] = [];
  const backend = await httpBackend(t, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', body: Buffer.concat(chunks) });
      response.writeHead(it.answer.status, { 'content-type': it.answer.type });
      response.end(it.answer.body);
    });
  });
  const started = await gateway(t, {
    upstreams: { orders: { url: backend.url } },
    routes: [
      {
        match: { path: '/api/*' },
        to: { upstream: 'orders', rewrite: '/v1/*' },
        validate: 'body' in validate || 'query' in validate ? validate : { openapi: file, ...validate },
        ...more,
      },
    ],
  });
  const it: Door = {
    host: started.host,
    seen,
    answer: { status: 200, type: 'application/json', body: '{"id":1,"items":[]}' },
    metrics: started.metrics,
    async ask(path, init) {
      const reply = await fetch(`http://${started.host}${path}`, init ?? {});
      const text = await reply.text();
      const isProblem = reply.headers.get('content-type') === 'application/problem+json';
      const errors: unknown = isProblem ? JSON.parse(text).errors : undefined;
      return {
        status: reply.status,
        headers: reply.headers,
        text,
        errors: Array.isArray(errors) ? errors : [],
      };
    },
  };
  return it;
}

const put = (body: string | Uint8Array<ArrayBuffer>, type = 'application/json'): RequestInit => ({
  method: 'PUT',
  headers: { 'content-type': type },
  body,
});

/** Sorted, for their order means nothing. */
function linesOf({ errors }: Answer): string[] {
  return errors
    .map(({ in: where, parameter = '', pointer, detail }) => `${where} ${parameter}${pointer}: ${detail}`)
    .sort();
}

test('what is as described goes on as the bytes came', async (t) => {
  const it = await door(t, {});
  assert.equal((await it.ask('/api/orders/7?first=5')).status, 200);
  const body = '{ "items" : [ {"sku":"AB-1","price":1.50e0} ] }\n';
  assert.equal((await it.ask('/api/orders/7', put(body))).status, 200);
  assert.deepEqual(
    it.seen.map(({ method, url, body: sent }) => [method, url, sent.toString()]),
    [
      ['GET', '/v1/orders/7?first=5', ''],
      ['PUT', '/v1/orders/7', body],
    ],
  );
  const { host } = it;
  const chunked = await fetch(`http://${host}/api/orders/7`, {
    ...put(''),
    body: new Blob([body]).stream(),
    duplex: 'half',
  } as RequestInit);
  assert.equal(chunked.status, 200);
  assert.equal(it.seen.at(-1)?.body.toString(), body);
});

test('every fault is told with its place, and no value', async (t) => {
  const it = await door(t, {});
  const secret = 's3cret';
  const refused = await it.ask(
    '/api/orders/x7?first=1e1',
    put(`{"id":1,"items":[{"sku":"${secret}"}],"more":1}`),
  );
  assert.equal(refused.status, 400);
  assert.match(refused.text, /"type":"urn:frontdesk:problem:invalid-request"/);
  assert.doesNotMatch(refused.text, /s3cret/);
  assert.deepEqual(linesOf(refused), [
    'body /id: is read-only',
    'body /items/0/price: is required',
    'body /items/0/sku: expected a text that matches ^[A-Z]{2}-[0-9]+$',
    'body /more: is not known here',
    'path id: expected integer, found string',
  ]);
  for (const first of ['1e1', '0x10', '1.0', '01', '+1', '', ' 1', '101', '1&first=2']) {
    const { status, errors } = await it.ask(`/api/orders/7?first=${encodeURI(first)}`);
    assert.deepEqual([status, errors[0]?.parameter], [400, 'first'], first);
  }
  assert.equal((await it.ask('/api/orders/7', { headers: { 'x-trace': 'no' } })).errors[0]?.in, 'header');
  assert.equal(it.seen.length, 0);
  assert.match(await it.metrics(), /frontdesk_invalid_requests_total\{route="\/api\/\*",in="path"\} 1/);
});

test('paths and methods that are not described are 404 and 405, or go by', async (t) => {
  const it = await door(t, {});
  assert.equal((await it.ask('/api/nothing')).status, 404);
  const refused = await it.ask('/api/orders/7', { method: 'DELETE' });
  assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, PUT, HEAD']);
  assert.equal((await it.ask('/api/orders/7', { method: 'HEAD' })).status, 200);
  const open = await door(t, { unknown: 'allow' });
  assert.equal((await open.ask('/api/nothing')).status, 200);
});

test('D65 D66 D67 D68: a body is JSON in UTF-8, once, of a bounded depth', async (t) => {
  const it = await door(t, {});
  const status = async (body: string | Uint8Array<ArrayBuffer>, type?: string): Promise<number> =>
    (await it.ask('/api/orders/7', put(body, type))).status;
  const good = '{"items":[]}';
  for (const type of [
    'application/json\t;',
    'Application/JSON; charset=UTF-8',
    'application/json ; charset="utf-8"',
  ]) {
    assert.equal(await status(good, type), 200, type);
  }
  for (const type of [
    'text/plain',
    'application/json; charset=utf-16',
    'application/jsonx',
    'application/json,',
    ';',
  ]) {
    assert.equal(await status(good, type), 415, type);
  }
  const encoded = Buffer.from(good);
  for (const bytes of [
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), encoded]),
    Buffer.from(good, 'utf16le'),
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(good, 'utf16le')]),
    Buffer.from(good, 'utf16le').swap16(),
  ]) {
    assert.equal(await status(new Uint8Array(bytes)), 415);
  }
  const depth = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  assert.match((await it.ask('/api/orders/7', put(depth(65)))).text, /nested deeper than 64/);
  assert.match((await it.ask('/api/orders/7', put(depth(64)))).text, /expected object, found array/);
  assert.match(
    (await it.ask('/api/orders/7', put('{"items":[],"\\u0069tems":[1]}'))).text,
    /has a member twice/,
  );
  assert.match((await it.ask('/api/orders/7', put('{"items":['))).text, /is not JSON/);
  assert.match((await it.ask('/api/orders/7', put(new Uint8Array([0x22, 0xff, 0x22])))).text, /is not UTF-8/);
  const refused = await it.ask('/api/orders/7', { method: 'PUT' });
  assert.deepEqual(refused.errors, [{ in: 'body', pointer: '', detail: 'is required' }]);
  assert.equal(it.seen.length, 3);
});

test('a body past its limit is 413 though it is read here', async (t) => {
  const it = await door(t, {}, { request: { maxBody: '1KiB' } });
  const body = `{"items":[${' '.repeat(2_000)}]}`;
  assert.equal((await it.ask('/api/orders/7', put(body))).status, 413);
  const streamed = await fetch(`http://${it.host}/api/orders/7`, {
    ...put(''),
    body: new Blob([body]).stream(),
    duplex: 'half',
  } as RequestInit);
  assert.equal(streamed.status, 413);
  assert.equal(it.seen.length, 0);
});

test('schemas of a route itself', async (t) => {
  const it = await door(t, {
    query: {
      type: 'object',
      additionalProperties: false,
      required: ['q'],
      properties: {
        q: { type: 'string', minLength: 2 },
        tag: { type: 'array', maxItems: 2, items: { type: 'integer' } },
      },
    },
    body: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } },
    bodyRequired: false,
  });
  assert.equal((await it.ask('/api/x?q=ab&tag=1&tag=2')).status, 200);
  const refused = await it.ask('/api/x?q=a&tag=1&tag=x&more=1', put('{"n":"1"}'));
  assert.deepEqual(
    refused.errors.map(({ in: where, parameter = '', pointer }) => `${where} ${parameter}${pointer}`).sort(),
    ['body /n', 'query more', 'query q', 'query tag/1'],
  );
  assert.equal((await it.ask('/api/x?q=ab&q=cd')).errors[0]?.detail, 'is given more than once');
});

test('replies: counted with log, 502 with enforce', async (t) => {
  const wrong = { status: 200, type: 'application/json', body: '{"id":"1","items":[]}' };
  const log = await door(t, { response: 'log' });
  assert.equal((await log.ask('/api/orders/7')).text, '{"id":1,"items":[]}');
  log.answer = wrong;
  assert.equal((await log.ask('/api/orders/7')).text, wrong.body);
  assert.match(await log.metrics(), /frontdesk_invalid_replies_total\{route="\/api\/\*",mode="log"\} 1/);
  const strict = await door(t, { response: 'enforce' }, { compress: { minSize: '1B' } });
  assert.equal((await strict.ask('/api/orders/7')).text, '{"id":1,"items":[]}');
  for (const answer of [
    wrong,
    { ...wrong, body: '{"id":1' },
    { ...wrong, status: 201 },
    { ...wrong, type: 'text/html', body: '<p>' },
  ]) {
    strict.answer = answer;
    const refused = await strict.ask('/api/orders/7');
    assert.equal(refused.status, 502, JSON.stringify(answer));
    assert.match(refused.text, /upstream-invalid/);
  }
});
