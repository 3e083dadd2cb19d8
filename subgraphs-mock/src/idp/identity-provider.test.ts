import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose';
import { isRecord } from '../http/request-body.ts';
import { type RunningService, startService } from '../index.ts';
import { API_SCOPES, CLIENTS, DEMO_GRANT } from './clients.ts';
import { DEMO_PASSWORD } from './login.ts';

let idp: RunningService;
before(async () => {
  idp = await startService('idp', { port: 0 });
});
after(() => idp.close());

type Form = Readonly<Record<string, string>>;

function basic(clientId: string): Record<string, string> {
  const secret = CLIENTS.find((client) => client.client_id === clientId)?.client_secret;
  return { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` };
}

async function post(
  path: string,
  form: Form,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(idp.url + path, { method: 'POST', headers, body: new URLSearchParams(form) });
  const text = await response.text();
  const body: unknown = text === '' ? {} : JSON.parse(text);
  assert.ok(isRecord(body));
  return { status: response.status, body: { ...body } };
}

async function demoToken(form: Form = {}): Promise<string> {
  const { status, body } = await post('/token', {
    grant_type: DEMO_GRANT,
    client_id: 'mobile-app',
    sub: '42',
    ...form,
  });
  assert.equal(status, 200, JSON.stringify(body));
  assert.ok(typeof body.access_token === 'string');
  return body.access_token;
}

/** As a resource server would: by keys fetched afresh. */
function verify(token: string): Promise<JWTVerifyResult> {
  const keys = createRemoteJWKSet(new URL(`${idp.url}/jwks`));
  return jwtVerify(token, keys, {
    issuer: idp.url,
    audience: 'frontdesk',
    algorithms: ['RS256'],
    typ: 'at+jwt',
  });
}

test('the demo grant gives a signed token for any user', async () => {
  const { payload } = await verify(await demoToken({ scope: 'dashboard:read orders:read' }));
  assert.equal(payload.sub, '42');
  assert.equal(payload.scope, 'dashboard:read orders:read');
  assert.equal(payload.client_id, 'mobile-app');
  assert.equal(payload.tenant, 'metro');
  assert.deepEqual(payload.roles, ['customer']);
  assert.ok(typeof payload.jti === 'string' && payload.jti.length > 20);
  assert.equal(Number(payload.exp) - Number(payload.iat), 3600);
});

test('its scope, roles, tenant and life can be chosen', async () => {
  const { payload } = await verify(
    await demoToken({ roles: 'staff admin', tenant: 'acme', expires_in: '5' }),
  );
  assert.equal(payload.scope, API_SCOPES.join(' '));
  assert.deepEqual(payload.roles, ['staff', 'admin']);
  assert.equal(payload.tenant, 'acme');
  assert.equal(Number(payload.exp) - Number(payload.iat), 5);
});

test('the demo grant refuses what makes no sense', async () => {
  const form = { grant_type: DEMO_GRANT, client_id: 'mobile-app', sub: '42' };
  for (const [wrong, error] of [
    [{ sub: 'nobody' }, 'invalid_request'],
    [{ scope: 'everything' }, 'invalid_scope'],
    [{ expires_in: '0' }, 'invalid_request'],
    [{ client_id: 'unknown' }, 'invalid_client'],
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
  ] as const) {
    const { status, body } = await post('/token', { ...form, ...wrong });
    assert.ok(status >= 400 && status < 500);
    assert.equal(body.error, error);
  }
});

test('client credentials: a signed token for a server', async () => {
  const form = { grant_type: 'client_credentials', scope: 'users:read' };
  const { status, body } = await post('/token', form, basic('acme-backend'));
  assert.equal(status, 200);
  const { payload } = await verify(String(body.access_token));
  assert.equal(payload.sub, 'acme-backend');
  assert.equal(payload.client_id, 'acme-backend');
  assert.equal(payload.scope, 'users:read');
  const wrong = { authorization: `Basic ${Buffer.from('acme-backend:guess').toString('base64')}` };
  assert.equal((await post('/token', form, wrong)).status, 401);
});

test('opaque tokens are introspected by the gateway, until they are revoked', async () => {
  for (const form of [
    { grant_type: 'client_credentials', scope: 'users:read' },
    { grant_type: DEMO_GRANT, sub: '42', scope: 'users:read' },
  ]) {
    const { body } = await post('/token', form, basic('opaque-backend'));
    const token = String(body.access_token);
    assert.ok(!token.includes('.'));
    const introspect = async () => (await post('/introspect', { token }, basic('frontdesk-gateway'))).body;
    const active = await introspect();
    assert.equal(active.active, true);
    assert.equal(active.scope, 'users:read');
    assert.equal(active.client_id, 'opaque-backend');
    assert.equal(active.aud, 'frontdesk');
    assert.equal(active.iss, idp.url);
    assert.equal(active.tenant, 'metro');
    if ('sub' in form) assert.equal(active.sub, '42');
    const byStranger = await post('/introspect', { token }, basic('globex-backend'));
    assert.deepEqual(byStranger.body, { active: false });
    assert.equal((await post('/introspect', { token })).status, 400);
    await post('/revoke', { token }, basic('globex-backend'));
    assert.equal((await introspect()).active, true, "a stranger can't revoke it");
    assert.equal((await post('/revoke', { token }, basic('opaque-backend'))).status, 200);
    assert.deepEqual(await introspect(), { active: false });
  }
});

async function rotate(body?: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(
    `${idp.url}/__rotate`,
    body ? { method: 'POST', headers, body: JSON.stringify(body) } : { method: 'POST' },
  );
  assert.equal(response.status, 200);
}

test('after a rotation, new tokens have a new key, and old ones verify once more', async () => {
  const keyOf = (token: string) => decodeProtectedHeader(token).kid;
  const jwks = await (await fetch(`${idp.url}/jwks`)).json();
  assert.ok(isRecord(jwks) && Array.isArray(jwks.keys));
  assert.equal(jwks.keys.length, 2);
  const old = await demoToken();
  const opaque = (await post('/token', { grant_type: 'client_credentials' }, basic('opaque-backend'))).body;
  await rotate();
  const fresh = await demoToken();
  assert.notEqual(keyOf(fresh), keyOf(old));
  await verify(fresh);
  await verify(old);
  const stale = createLocalJWKSet({ keys: jwks.keys });
  await assert.rejects(jwtVerify(fresh, stale), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
  await rotate();
  await assert.rejects(verify(old), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
  await verify(fresh);
  await rotate({ all: true });
  await assert.rejects(verify(fresh), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
  const { body } = await post(
    '/introspect',
    { token: String(opaque.access_token) },
    basic('frontdesk-gateway'),
  );
  assert.equal(body.active, true, 'what is stored outlives the keys');
});

test('the key set can be made to fail', async () => {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${idp.url}/__faults`, { method: 'POST', headers, body: '{"path":"/jwks","status":503}' });
  assert.equal((await fetch(`${idp.url}/jwks`)).status, 503);
  await demoToken();
  await fetch(`${idp.url}/__faults`, { method: 'POST', headers, body: '{"path":"/jwks","truncate":true}' });
  await assert.rejects(
    fetch(`${idp.url}/jwks`).then((response) => response.text()),
    TypeError,
  );
  await fetch(`${idp.url}/__faults`, { method: 'DELETE' });
  assert.equal((await fetch(`${idp.url}/jwks`)).status, 200);
});

/** A browser, as far as this provider needs one: it keeps cookies, and is told where to go next. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async open(url: string, form?: Form): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(new URL(url, idp.url), {
      method: form ? 'POST' : 'GET',
      headers: { cookie },
      body: form ? new URLSearchParams(form) : null,
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

const REDIRECT = 'http://127.0.0.1/callback';

async function beginLogin(browser: Browser, verifier: string): Promise<string> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'web-app',
    redirect_uri: REDIRECT,
    scope: 'openid profile dashboard:read orders:read',
    state: 's1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const begun = await browser.open(`/auth?${query}`);
  assert.equal(begun.status, 303);
  return begun.headers.get('location') ?? '';
}

test('a person signs in with the authorization code flow and PKCE', async () => {
  const browser = new Browser();
  const verifier = randomBytes(32).toString('base64url');
  const page = await beginLogin(browser, verifier);
  assert.match(await (await browser.open(page)).text(), /<form method="post"/);
  assert.equal((await browser.open(page, { login: '42', password: 'wrong' })).status, 401);
  assert.equal((await browser.open(page, { login: '<b>', password: DEMO_PASSWORD })).status, 401);
  const signedIn = await browser.open(page, { login: '42', password: DEMO_PASSWORD });
  assert.equal(signedIn.status, 303);
  const back = await browser.open(signedIn.headers.get('location') ?? '');
  const callback = new URL(back.headers.get('location') ?? '');
  assert.equal(callback.origin + callback.pathname, REDIRECT);
  assert.equal(callback.searchParams.get('state'), 's1');
  const code = callback.searchParams.get('code') ?? '';

  const exchange = { grant_type: 'authorization_code', client_id: 'web-app', redirect_uri: REDIRECT, code };
  assert.equal(
    (await post('/token', { ...exchange, code_verifier: `${verifier.slice(0, -1)}!` })).status,
    400,
  );
  const { status, body } = await post('/token', { ...exchange, code_verifier: verifier });
  assert.equal(status, 200, JSON.stringify(body));
  const { payload } = await verify(String(body.access_token));
  assert.equal(payload.sub, '42');
  assert.equal(payload.client_id, 'web-app');
  assert.equal(payload.scope, 'dashboard:read orders:read');
  assert.deepEqual(payload.roles, ['customer']);
  assert.ok(typeof body.id_token === 'string');
  assert.equal((await post('/token', { ...exchange, code_verifier: verifier })).body.error, 'invalid_grant');
});

test('a person who is signed in is not asked again', async () => {
  const browser = new Browser();
  const page = await beginLogin(browser, 'v'.repeat(43));
  const signedIn = await browser.open(page, { login: '42', password: DEMO_PASSWORD });
  await browser.open(signedIn.headers.get('location') ?? '');
  const consent = await browser.open(await beginLogin(browser, 'v'.repeat(43)));
  assert.equal(consent.status, 303);
  const back = await browser.open(consent.headers.get('location') ?? '');
  assert.ok(new URL(back.headers.get('location') ?? '').searchParams.get('code'));
});

test('a person can cancel, and a request without PKCE gets nowhere', async () => {
  const browser = new Browser();
  const page = await beginLogin(browser, 'v'.repeat(43));
  const cancelled = await browser.open(page, { cancel: '1' });
  const back = await browser.open(cancelled.headers.get('location') ?? '');
  assert.equal(new URL(back.headers.get('location') ?? '').searchParams.get('error'), 'access_denied');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'web-app',
    redirect_uri: REDIRECT,
    scope: 'openid',
  });
  const refused = await new Browser().open(`/auth?${query}`);
  assert.match(refused.headers.get('location') ?? '', /error=invalid_request/);
  assert.equal((await new Browser().open('/interaction/none')).status, 400);
});
