import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { type TestContext, test } from 'node:test';
import { createApiKey } from '../auth/consumers/api-key.ts';
import { jwksOf, makeKey, signToken } from '../auth/testing/issuer.ts';
import { tokenService } from '../auth/testing/token-service.ts';
import { verifyingBackend } from '../auth/testing/verifying-backend.ts';
import { client, gateway, httpBackend, socketBackend } from '../whole-gateway/proxied.fixture.ts';

const key = makeKey('k1', 'ES256');
const { key: apiKey, sha256 } = createApiKey('k1');
const issuer = 'https://issuer.example';
const auth = {
  jwt: { issuer, audience: 'frontdesk', keys: jwksOf(key), algorithms: ['ES256'] },
  apiKey: {},
};
const callers = {
  auth,
  plans: { partner: { limit: 'unlimited', scopes: ['read'] } },
  consumers: [{ id: 'acme', plan: 'partner', apiKeys: [{ id: 'k1', sha256 }] }],
};
const provider = { client: { id: 'frontdesk', secret: 'canary-client-secret' } };

function tokenOf(sub: string, more: Record<string, unknown> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  return signToken(key, { iss: issuer, aud: 'frontdesk', sub, iat: now, exp: now + 600, ...more });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A backend that tells which credentials came, and refuses those that a test says. */
async function backend(t: TestContext) {
  const came: IncomingHttpHeaders[] = [];
  const refused = new Set<string>();
  const { url } = await httpBackend(t, (request, response) => {
    came.push(request.headers);
    const { authorization = '' } = request.headers;
    if (refused.has(authorization)) {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="b", error="invalid_token"' });
      response.end();
    } else response.end(authorization);
  });
  return { url, came, refused };
}

test('a backend verifies who asks by the keys that the gateway publishes, and takes nothing else', async (t) => {
  const orders = await verifyingBackend(t, { audience: 'orders' });
  const other = await verifyingBackend(t, { audience: 'other' });
  const { host } = await gateway(t, {
    ...callers,
    upstreams: {
      orders: { url: orders.url, identityToken: { claims: ['email'] }, identityHeaders: false },
      mistaken: { url: other.url, identityToken: { audience: 'orders' } },
      plain: { url: orders.url },
    },
    routes: ['orders', 'mistaken', 'plain'].map((upstream) => ({
      match: { path: `/${upstream}` },
      to: { upstream },
      auth: ['jwt', 'apiKey', 'anonymous'],
    })),
  });
  for (const one of [orders, other]) one.jwks = `http://${host}/.well-known/jwks.json`;
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const reply = await fetch(`http://${host}${path}`, { headers });
    return (await reply.json()) as { claims?: Record<string, unknown>; error?: string };
  };

  const token = tokenOf('u42', { scope: 'orders:read orders:write', email: 'u42@example.com', phone: '1' });
  const { claims = {} } = await ask('/orders', bearer(token));
  assert.equal(claims.sub, 'u42');
  assert.equal(claims.aud, 'orders');
  assert.equal(claims.iss, 'frontdesk');
  assert.equal(claims.scope, 'orders:read orders:write');
  assert.equal(claims.scheme, 'jwt');
  assert.equal(claims.email, 'u42@example.com');
  assert.equal(claims.phone, undefined);
  assert.ok(Number(claims.exp) - Number(claims.iat) <= 60);
  const [came] = orders.came;
  assert.equal(came?.['x-user-id'], undefined);
  assert.equal(came?.authorization, undefined);

  const ofKey = await ask('/orders', { 'x-api-key': apiKey });
  assert.deepEqual(
    [ofKey.claims?.consumer, ofKey.claims?.plan, ofKey.claims?.scheme],
    ['acme', 'partner', 'apiKey'],
  );

  // Signed once for many calls of one caller.
  const again = await ask('/orders', bearer(token));
  assert.equal(again.claims?.jti, claims.jti);

  const signed = String(came?.['x-identity-token']);
  assert.deepEqual(await ask('/orders'), { error: 'no token' });
  for (const name of ['X-Identity-Token', 'x_identity_token', 'X.Identity-Token', 'XIdentityToken']) {
    assert.deepEqual(await ask('/orders', { [name]: signed }), { error: 'no token' }, name);
    assert.deepEqual(await ask('/plain', { [name]: signed }), { error: 'no token' }, name);
  }
  assert.equal((await ask('/mistaken', bearer(token))).error, 'ERR_JWT_CLAIM_VALIDATION_FAILED');
  const forged = (header: object) =>
    [JSON.stringify(header), '{"sub":"admin"}']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
  const direct = async (text: string) =>
    (await (await fetch(orders.url, { headers: { 'x-identity-token': text } })).json()) as { error?: string };
  const [head = '', , tail = ''] = signed.split('.');
  const body = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url');
  assert.equal((await direct(`${head}.${body}.${tail}`)).error, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
  assert.equal((await direct(`${forged({ alg: 'none' })}.`)).error, 'ERR_JOSE_ALG_NOT_ALLOWED');
  assert.equal((await direct(token)).error, 'ERR_JOSE_ALG_NOT_ALLOWED');
  assert.equal((await direct(signed)).error, undefined);
  orders.now = new Date(Date.now() + 120_000);
  assert.equal((await direct(signed)).error, 'ERR_JWT_EXPIRED');
});

test("the gateway's own token is had once for all calls, and anew when a backend refuses it", async (t) => {
  const { endpoint, asked, ...service } = await tokenService(t);
  const { url, came, refused } = await backend(t);
  const { host, metrics } = await gateway(t, {
    upstreams: {
      stock: {
        url,
        credentials: {
          oauth: { tokenEndpoint: endpoint, ...provider, scopes: ['stock:read'], audience: 'stock' },
        },
      },
    },
    routes: [{ match: { path: '/stock' }, to: { upstream: 'stock' }, auth: 'none' }],
  });
  const ask = async (headers = {}) => {
    const reply = await fetch(`http://${host}/stock`, { headers });
    return `${reply.status} ${await reply.text()}`;
  };
  const replies = await Promise.all([ask(), ask(bearer('forged')), ask()]);
  assert.deepEqual(replies, ['200 Bearer granted-1', '200 Bearer granted-1', '200 Bearer granted-1']);
  assert.deepEqual(asked, [
    {
      grant_type: 'client_credentials',
      scope: 'stock:read',
      audience: 'stock',
      authorization: `Basic ${Buffer.from('frontdesk:canary-client-secret').toString('base64')}`,
    },
  ]);
  // It is too young to be outdated: who asks hears that the backend cannot be asked, and nothing of a 401.
  refused.add('Bearer granted-1');
  assert.match(await ask(), /^503 .*upstream-credential/s);
  assert.equal(asked.length, 1);
  assert.equal(came.length, 4);
  assert.match(
    await metrics(),
    /frontdesk_backend_tokens_total\{upstream="stock",grant="client_credentials",outcome="ok"\} 1/,
  );
  service.close();
  refused.clear();
  assert.equal(await ask(), '200 Bearer granted-1');
});

test('without a token a call is refused with 503, and works again when the provider does', async (t) => {
  const service = await tokenService(t);
  const { url, came } = await backend(t);
  const { host } = await gateway(t, {
    upstreams: { stock: { url, credentials: { oauth: { issuer: service.origin, ...provider } } } },
    routes: [{ match: { path: '/stock' }, to: { upstream: 'stock' }, auth: 'none' }],
  });
  service.status = 401;
  service.answer = { error: 'invalid_client', error_description: 'canary-description' };
  const reply = await fetch(`http://${host}/stock`);
  assert.equal(reply.status, 503);
  assert.doesNotMatch(await reply.text(), /canary|invalid_client/);
  assert.equal(came.length, 0);
  service.status = 200;
  service.answer = {};
  // Nobody asks again for a second.
  const until = Date.now() + 5000;
  let status = 503;
  while (status === 503 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    status = (await fetch(`http://${host}/stock`)).status;
  }
  assert.equal(status, 200);
  assert.equal(service.asked.length, 2);
});

test("a caller's token is exchanged for one that is for the backend", async (t) => {
  const { endpoint, asked } = await tokenService(t);
  const { url, came } = await backend(t);
  const exchange = { tokenEndpoint: endpoint, ...provider, resource: 'https://stock.example/' };
  const { host } = await gateway(t, {
    ...callers,
    upstreams: {
      stock: { url, credentials: { exchange: { ...exchange, actor: true } } },
      lenient: { url, credentials: { exchange: { ...exchange, withoutToken: 'client' } } },
    },
    routes: ['stock', 'lenient'].map((upstream) => ({
      match: { path: `/${upstream}` },
      to: { upstream },
      auth: ['jwt', 'apiKey'],
    })),
  });
  const ask = async (path: string, headers: Record<string, string>) => {
    const reply = await fetch(`http://${host}${path}`, { headers });
    return `${reply.status} ${reply.status === 200 ? await reply.text() : ''}`;
  };
  const [one, two] = [tokenOf('u1'), tokenOf('u2')];
  const replies = await Promise.all([
    ask('/stock', bearer(one)),
    ask('/stock', bearer(one)),
    ask('/stock', bearer(two)),
  ]);
  assert.match(replies[0] ?? '', new RegExp(`^200 Bearer granted-\\d-for-${one.slice(-8)}$`));
  assert.equal(replies[0], replies[1]);
  assert.match(replies[2] ?? '', new RegExp(`-for-${two.slice(-8)}$`));
  const exchanges = asked.filter((form) => form.subject_token !== undefined);
  assert.equal(exchanges.length, 2);
  assert.equal(asked.length, 3);
  const [first] = exchanges;
  assert.deepEqual(
    [first?.grant_type, first?.subject_token_type, first?.actor_token_type, first?.resource],
    [
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:token-type:access_token',
      'urn:ietf:params:oauth:token-type:access_token',
      'https://stock.example/',
    ],
  );
  assert.match(first?.actor_token ?? '', /^granted-\d$/);
  assert.equal(await ask('/stock', { 'x-api-key': apiKey }), '403 ');
  assert.match(await ask('/lenient', { 'x-api-key': apiKey }), /^200 Bearer granted-\d+$/);
  assert.ok(came.every(({ authorization }) => authorization?.startsWith('Bearer granted-')));
  assert.ok(came.every((fields) => fields['x-api-key'] === undefined));
});

test('a WebSocket is dialled with tokens too', async (t) => {
  const { endpoint } = await tokenService(t);
  const sockets = await socketBackend(t);
  const { host } = await gateway(t, {
    ...callers,
    upstreams: {
      live: {
        url: sockets.url,
        credentials: { oauth: { tokenEndpoint: endpoint, ...provider } },
        identityToken: {},
      },
    },
    routes: [{ match: { path: '/live' }, to: { upstream: 'live', websocket: {} }, auth: ['jwt'] }],
  });
  const coming = sockets.next();
  await client(t, `ws://${host}/live`, [], { headers: bearer(tokenOf('u1')) });
  const { headers } = await coming;
  assert.equal(headers.authorization, 'Bearer granted-1');
  assert.equal(String(headers['x-identity-token']).split('.').length, 3);
});

test('no secret and no token is in answers, metrics, or what operators see', async (t) => {
  const service = await tokenService(t);
  const { url } = await backend(t);
  const secrets = [
    'canary-client-secret',
    'canary-password',
    'canary-bearer',
    'canary-granted',
    'canary-said',
  ];
  const exchange = { tokenEndpoint: service.endpoint, ...provider };
  const { host, running } = await gateway(t, {
    ...callers,
    upstreams: {
      own: { url, credentials: { oauth: exchange } },
      theirs: { url, credentials: { exchange }, identityToken: {} },
      basic: {
        url: 'http://127.0.0.1:1',
        credentials: { basic: { user: 'u', password: 'canary-password' } },
      },
      bearer: { url: 'http://127.0.0.1:1', credentials: { bearer: 'canary-bearer' } },
    },
    routes: ['own', 'theirs', 'basic', 'bearer'].map((upstream) => ({
      match: { path: `/${upstream}` },
      to: { upstream },
      auth: ['jwt', 'anonymous'],
    })),
  });
  const token = tokenOf('u1');
  const shown: string[] = [];
  const ask = async (path: string): Promise<void> => {
    const reply = await fetch(`http://${host}${path}`, { headers: bearer(token) });
    shown.push(JSON.stringify([...reply.headers]) + (reply.status === 200 ? '' : await reply.text()));
  };
  service.answer = { error: 'invalid_client', error_description: 'canary-said' };
  service.status = 401;
  for (const path of ['/own', '/theirs', '/basic', '/bearer']) await ask(path);
  service.status = 200;
  for (const answer of [{ access_token: 'canary-granted\n' }, { access_token: 'canary-granted' }]) {
    service.answer = answer;
    await new Promise((resolve) => setTimeout(resolve, 1050));
    for (const path of ['/own', '/theirs']) await ask(path);
  }
  const admin = running.addresses.admin?.port;
  for (const path of ['/metrics', '/admin/upstreams', '/admin/discovery', '/admin/consumers']) {
    shown.push(await (await fetch(`http://127.0.0.1:${admin}${path}`)).text());
  }
  const all = shown.join('\n');
  for (const secret of [
    ...secrets,
    token,
    btoa('u:canary-password'),
    btoa('frontdesk:canary-client-secret'),
  ]) {
    assert.ok(!all.includes(secret), secret);
  }
  assert.ok(shown.some((text) => text.includes('frontdesk_backend_tokens_total')));
});
