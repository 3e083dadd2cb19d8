/** Area E of the catalogue through a whole gateway: who a backend is told that asks, and what it never sees. */
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { after, type TestContext, test } from 'node:test';
import { Authority, type Issued } from '../core/testing/certificates.ts';
import { RawClient } from '../listener/raw-client.fixture.ts';
import { type Gateway, gateway } from '../whole-gateway/proxied.fixture.ts';

const authority = new Authority({ after });
const server = authority.issue('gateway');
const acme = authority.issue('acme');
const proxy = authority.issue('proxy');
const crl = authority.revoke('changing');

const key = 'the-key-of-another-consumer-0123456789';
const sha256 = createHash('sha256').update(key).digest('hex');
const forged = 'Hash=8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92;Subject="CN=proxy"';

interface House {
  readonly gateway: Gateway;
  /** What the backend was asked with. */
  readonly asked: IncomingHttpHeaders[];
}

async function open(
  t: TestContext,
  listen: Record<string, unknown>,
  mtls: unknown = {},
  more: Record<string, unknown> = {},
): Promise<House> {
  const asked: IncomingHttpHeaders[] = [];
  const echo = createServer(({ headers }, response) => {
    asked.push(headers);
    response.end('echo');
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  t.after(() => {
    echo.closeAllConnections();
    echo.close();
  });
  const address = echo.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const running = await gateway(t, {
    listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms', grace: '300ms' }, ...listen },
    auth: { mtls, apiKey: { header: 'x-api-key' } },
    plans: { all: { limit: 'unlimited', default: true } },
    consumers: [
      { id: 'acme', certificates: [{ commonName: 'acme' }] },
      { id: 'proxy', certificates: [{ commonName: 'proxy' }], apiKeys: [{ id: 'k', sha256 }] },
    ],
    upstreams: { echo: { url: `http://127.0.0.1:${port}` } },
    routes: [
      { match: { path: '/mine/*' }, to: { upstream: 'echo' }, auth: ['mtls'] },
      { match: { path: '/both/*' }, to: { upstream: 'echo' }, auth: { all: ['mtls', 'apiKey'] } },
      { match: { path: '/*' }, to: { upstream: 'echo' }, auth: 'none' },
    ],
    ...more,
  });
  return { gateway: running, asked };
}

const tls = {
  cert: server.certFile,
  key: server.keyFile,
  clientCa: [authority.caFile],
  clientAuth: 'request',
  crl: [crl],
};

/** The status, or 0 where the connection was closed unheard. */
async function status(
  { host }: Gateway,
  path: string,
  shown: Issued | undefined,
  headers: Record<string, string> = {},
): Promise<number> {
  const own = shown ? { cert: shown.cert, key: shown.key } : {};
  const asking = request(`https://${host}${path}`, { ca: authority.ca, agent: false, headers, ...own });
  asking.end();
  try {
    const [response] = await once(asking, 'response');
    response.resume();
    await once(response, 'end');
    return Number(response.statusCode);
  } catch {
    return 0;
  }
}

test('E73: on a plain listener the field is ignored, though a trusted proxy sends it', async (t) => {
  const forwarded = { header: 'x-forwarded-client-cert' };
  const { gateway: house, asked } = await open(
    t,
    { trustedProxies: { addresses: ['127.0.0.1'] } },
    { forwarded },
  );
  const port = Number(house.host.split(':')[1]);
  const send = (path: string): Promise<string> =>
    new RawClient(port)
      .write(
        `GET ${path} HTTP/1.1\r\nHost: h\r\nX-Forwarded-Client-Cert: ${forged}\r\nConnection: close\r\n\r\n`,
      )
      .untilEnd();
  assert.match(await send('/mine/1'), /^HTTP\/1\.1 401 /);
  assert.match(await send('/open'), /^HTTP\/1\.1 200 /);
  assert.equal(asked.length, 1);
  assert.equal(asked[0]?.['x-forwarded-client-cert'], undefined);
});

test('the consumer is the certificate’s, whatever the client says beside it', async (t) => {
  const { gateway: house, asked } = await open(t, { tls });
  const lies = { 'x-forwarded-client-cert': forged, 'client-cert': ':AAAA:', 'x-consumer-id': 'proxy' };
  assert.equal(await status(house, '/mine/1', acme, lies), 200);
  assert.equal(asked[0]?.['x-consumer-id'], 'acme');
  assert.equal(asked[0]?.['x-forwarded-client-cert'] ?? asked[0]?.['client-cert'], undefined);
  assert.equal(await status(house, '/mine/1', undefined, lies), 401);
  assert.equal(await status(house, '/open', undefined, lies), 200);
  assert.equal(asked[1]?.['x-consumer-id'], undefined);
});

test('two credentials of different consumers are none, of one they are both', async (t) => {
  const { gateway: house } = await open(t, { tls });
  assert.equal(await status(house, '/both/1', acme, { 'x-api-key': key }), 401);
  assert.equal(await status(house, '/both/1', proxy, { 'x-api-key': key }), 200);
  assert.equal(await status(house, '/both/1', proxy), 401);
});

test('a trusted proxy’s own certificate is not its clients’; what it tells of them is', async (t) => {
  const forwarded = { header: 'x-forwarded-client-cert' };
  const trustedProxies = { addresses: ['127.0.0.1'] };
  const { gateway: house, asked } = await open(t, { tls, trustedProxies }, { forwarded });
  assert.equal(await status(house, '/mine/1', proxy), 401);
  const said = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-client-cert': 'Subject="CN=acme"' };
  assert.equal(await status(house, '/mine/1', proxy, said), 200);
  assert.equal(asked[0]?.['x-consumer-id'], 'acme');
});

test('E74: a reload of the configuration reads the lists again', async (t) => {
  const lost = authority.issue('lost', { subject: '/CN=acme' });
  copyFileSync(authority.revoke('empty'), crl);
  const { gateway: house } = await open(t, { tls });
  assert.equal(await status(house, '/mine/1', lost), 200);
  copyFileSync(authority.revoke('one', [lost]), crl);
  await house.running.replace(house.options);
  assert.equal(await status(house, '/mine/1', lost), 0);
  assert.equal(await status(house, '/mine/1', acme), 200);
  assert.match(
    await house.metrics(),
    /tls_failures_total\{listener="public",reason="certificate_revoked"\} 1/,
  );
});

test('RFC 8705 §3.2: an introspected token that is bound passes for its holder alone', async (t) => {
  const { raw } = new X509Certificate(acme.cert);
  const cnf = { 'x5t#S256': createHash('sha256').update(raw).digest('base64url') };
  let told = 0;
  const provider = createServer((_request, response) => {
    told += 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ active: true, sub: 'u1', client_id: 'app', cnf }));
  });
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  t.after(() => {
    provider.closeAllConnections();
    provider.close();
  });
  const address = provider.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { gateway: house } = await open(t, { tls }, undefined, {
    auth: {
      introspection: {
        endpoint: `http://127.0.0.1:${port}/introspect`,
        client: { id: 'gateway', secret: 'the secret of the gateway' },
      },
    },
    routes: [{ match: { path: '/*' }, to: { upstream: 'echo' }, auth: ['introspection'] }],
  });
  const authorization = 'Bearer an-opaque-token';
  assert.equal(await status(house, '/', acme, { authorization }), 200);
  // What is known of the token by now changes nothing.
  assert.equal(await status(house, '/', proxy, { authorization }), 401);
  assert.equal(await status(house, '/', undefined, { authorization }), 401);
  assert.equal(await status(house, '/', acme, { authorization }), 200);
  assert.equal(told, 1);
});
