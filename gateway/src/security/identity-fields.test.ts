/** Area B of the catalogue: what a client says of itself, and what a backend says of the inside. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { API_KEY, assertDiscreet, openEdge, valuesOf } from './edge.fixture.ts';

const edge = await openEdge({ after });

const get = (target: string, fields = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: shop.example\r\n${fields}Connection: close\r\n\r\n`;
const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

test('B29: a client’s word on who it is is gone, on anonymous routes too', async () => {
  const forged = [
    'X-User-Id: admin',
    'X-User-Roles: admin',
    'X-Tenant-Id: t1',
    'X-Consumer-Id: acme',
    'X-Consumer-Username: acme',
    'X-Consumer-Custom-ID: 1',
    'X-Forwarded-Client-Cert: By=x;Hash=y',
    'X-Authenticated-Userid: 1',
    'Remote-User: root',
  ];
  const fields = forged.map((line) => `${line}\r\n`).join('');
  const open = await edge.passes(get('/a', fields));
  const names = forged.map((line) => bare(line.split(':')[0] ?? ''));
  assert.deepEqual(
    open.fields.filter(([name]) => names.includes(bare(name))),
    [],
  );
  const known = await edge.passes(get('/private/a', `${fields}X-Api-Key: ${API_KEY}\r\n`));
  assert.deepEqual(valuesOf(known, 'x-consumer-id'), ['acme']);
  assert.deepEqual(
    known.fields.filter(([, value]) => /admin|root|^t1$/.test(value)),
    [],
  );
  assert.deepEqual(valuesOf(known, 'x-api-key'), []);
});

test('B30: other spellings of those names reach nobody either', async () => {
  const spellings = [
    'X_User_Id',
    'x-user_id',
    'X.User.Id',
    'XUserId',
    'X-USER-ID',
    'x_consumer-id',
    'X~User~Id',
  ];
  const asked = await edge.passes(get('/a', spellings.map((name) => `${name}: admin\r\n`).join('')));
  assert.deepEqual(
    asked.fields.filter(([, value]) => value === 'admin'),
    [],
  );
});

test('B30: other spellings of what frames a message or belongs to one connection reach nobody', async () => {
  const spellings = [
    'Transfer_Encoding',
    'transfer.encoding',
    'Content_Length',
    'Proxy_Authorization',
    'Keep_Alive',
  ];
  const asked = await edge.passes(
    `POST /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 5\r\n${spellings
      .map((name) => `${name}: forged\r\n`)
      .join('')}\r\n0\r\n\r\n`,
  );
  assert.deepEqual(
    asked.fields.filter(([, value]) => value === 'forged'),
    [],
  );
  assert.equal(asked.body, '0\r\n\r\n');
});

test('B31: Connection takes away what the client sent, never what we say', async () => {
  const asked = await edge.passes(
    get(
      '/private/a',
      `X-Api-Key: ${API_KEY}\r\nX-Mine: 1\r\nConnection: X-Consumer-Id, X-Mine, X-Forwarded-For, X-Request-Id\r\n`,
    ),
  );
  assert.deepEqual(valuesOf(asked, 'x-consumer-id'), ['acme']);
  assert.equal(valuesOf(asked, 'x-forwarded-for').length, 1);
  assert.equal(valuesOf(asked, 'x-request-id').length, 1);
  assert.deepEqual(valuesOf(asked, 'x-mine'), []);
});

test('B32: Connection may not name what frames or authorises', () =>
  edge.refuses(
    400,
    ...[
      'Content-Length',
      'transfer-encoding',
      'close, HOST',
      'keep-alive,\tAuthorization',
      'Content-Type',
    ].map((names) => `POST /a HTTP/1.1\r\nHost: h\r\nConnection: ${names}\r\nContent-Length: 1\r\n\r\na`),
  ));

test('B33: a thousand names in Connection, in one field and in many', () => {
  const names = Array.from({ length: 1000 }, (_, i) => `x${i}`);
  const lines = Array.from({ length: 60 }, (_, i) => `Connection: a${i}, b${i}\r\n`).join('');
  return edge.refuses(
    400,
    `GET /a HTTP/1.1\r\nHost: h\r\nConnection: ${names.join(',')}\r\n\r\n`,
    `GET /a HTTP/1.1\r\nHost: h\r\n${lines}\r\n`,
    `GET /a HTTP/1.1\r\nHost: h\r\nConnection: ${','.repeat(1000)}\r\n\r\n`,
  );
});

test('B34: fields that may come once come once', () =>
  edge.refuses(
    400,
    get('/private/a', `X-Api-Key: ${API_KEY}\r\nx-api-key: other\r\n`),
    get('/a', 'Authorization: Bearer a\r\nAUTHORIZATION: Bearer b\r\n'),
    'POST /a HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\na',
  ));

test('B35: what a client says of the way it came is rebuilt from its connection', async () => {
  const asked = await edge.passes(
    get(
      '/a',
      'X-Forwarded-For: 10.0.0.1, 127.0.0.1\r\nX-Real-IP: 10.0.0.1\r\nForwarded: for=10.0.0.1\r\nTrue-Client-IP: 10.0.0.1\r\nCF-Connecting-IP: 10.0.0.1\r\nX-Client-IP: 10.0.0.1\r\n',
    ),
  );
  assert.deepEqual(valuesOf(asked, 'x-forwarded-for'), ['127.0.0.1']);
  assert.deepEqual(
    asked.fields.filter(([, value]) => value.includes('10.0.0.1')),
    [],
  );
});

test('B35: what public lists try beside these says nothing of an address, a path or a way in', async () => {
  const forged = [
    'X-Originating-IP',
    'X-Remote-IP',
    'X-Remote-Addr',
    'X-ProxyUser-Ip',
    'X-Custom-IP-Authorization',
    'Client-IP',
    'Forwarded-For',
    'X-Forwarded',
    'X-Forwarded-Uri',
    'X-Host',
    'X-HTTP-Host-Override',
    'X-Envoy-Original-Path',
    'X-Envoy-Internal',
    'X-Envoy-External-Address',
    'X-Middleware-Subrequest',
    'X-MS-CLIENT-PRINCIPAL-ID',
    'X-Goog-Authenticated-User-Email',
    'X-Auth-User',
    'X-ARR-ClientCert',
  ];
  const asked = await edge.passes(get('/a', forged.map((name) => `${name}: forged\r\n`).join('')));
  assert.deepEqual(
    asked.fields.filter(([, value]) => value === 'forged'),
    [],
  );
});

test('B36: a hundred hops, garbage and zones in X-Forwarded-For disturb nobody', async () => {
  const hops = Array.from({ length: 100 }, (_, i) => `10.0.0.${i}`).join(', ');
  for (const value of [
    hops,
    'garbage',
    'fe80::1%eth0',
    ', ,,',
    '1.2.3.4:80',
    '[::1]:1',
    '"unknown"',
    'ÿÿÿ',
  ]) {
    const asked = await edge.passes(get('/a', `X-Forwarded-For: ${value}\r\n`));
    assert.deepEqual(valuesOf(asked, 'x-forwarded-for'), ['127.0.0.1'], value);
  }
});

test('B37: forwarded hosts, schemes, prefixes and rewritten URLs choose nothing', async () => {
  const asked = await edge.passes(
    get(
      '/a',
      'X-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /evil\r\nX-Original-URL: /private/a\r\nX-Rewrite-URL: /private/a\r\nX-HTTP-Method-Override: DELETE\r\nX-Forwarded-Port: 1\r\n',
    ),
  );
  assert.equal(asked.url, '/a');
  assert.equal(asked.method, 'GET');
  assert.deepEqual(valuesOf(asked, 'x-forwarded-host'), ['shop.example']);
  assert.deepEqual(valuesOf(asked, 'x-forwarded-proto'), ['http']);
  assert.deepEqual(
    asked.fields.filter(
      ([name, value]) => /evil|private|DELETE/.test(value) || name === 'x-forwarded-prefix',
    ),
    [],
  );
});

test('B38: fields named like members of objects are fields', async () => {
  const asked = await edge.passes(get('/a', '__proto__: x\r\nconstructor: y\r\nhasOwnProperty: z\r\n'));
  assert.deepEqual(valuesOf(asked, 'constructor'), ['y']);
  assert.deepEqual(valuesOf(asked, '__proto__'), ['x']);
  assert.equal(Reflect.get({}, 'x'), undefined);
});

test('B39: fields of one connection stay on it', async () => {
  const asked = await edge.passes(
    get(
      '/a',
      'Proxy-Authorization: Basic YTpi\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nKeep-Alive: timeout=5\r\nTrailer: x\r\nProxy-Foo: 1\r\nProxy: http://evil\r\n',
    ),
  );
  for (const name of [
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'proxy-foo',
    'keep-alive',
  ]) {
    assert.deepEqual(valuesOf(asked, name), [], name);
  }
  assert.deepEqual(valuesOf(asked, 'proxy'), []);
});

test('B40: what a backend says of the inside stays inside', async () => {
  edge.script = (socket) =>
    socket.end(
      'HTTP/1.1 200 OK\r\nServer: Apache/2.2.3\r\nX-Powered-By: PHP/5\r\nX-Internal-Node: db7\r\nX-AspNet-Version: 2\r\nVia: 1.1 inner\r\nX-Public: yes\r\nKeep-Alive: timeout=9\r\ncontent-length: 2\r\n\r\nOK',
    );
  const reply = await edge.ask(get('/raw/a'));
  assert.match(reply, /\r\nx-public: yes\r\n/i);
  assert.doesNotMatch(reply, /apache|php|db7|aspnet|inner|timeout=9/i);
});

test('B42: oversized or malformed traceparent and baggage are not carried on', async () => {
  for (const value of ['00-x-y-01', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01${'z'.repeat(500)}`, '']) {
    const asked = await edge.passes(
      get('/a', `traceparent: ${value}\r\ntracestate: ${'k=v,'.repeat(400)}\r\n`),
    );
    const [parent = '', ...more] = valuesOf(asked, 'traceparent');
    assert.match(parent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    assert.deepEqual(more, []);
    assert.doesNotMatch(parent, /a{32}/);
    assert.deepEqual(valuesOf(asked, 'tracestate'), []);
  }
  const asked = await edge.passes(get('/a', `baggage: ${'k=v,'.repeat(3000)}\r\n`));
  assert.deepEqual(valuesOf(asked, 'baggage'), []);
});

test('G104: a good key where it may not go is 403, and the backend is not asked', async () => {
  edge.asked.length = 0;
  const reply = await edge.ask(get('/scoped/a', `X-Api-Key: ${API_KEY}\r\n`));
  assert.match(reply, /^HTTP\/1\.1 403 /);
  assertDiscreet(reply);
  assert.deepEqual(edge.asked, []);
});
