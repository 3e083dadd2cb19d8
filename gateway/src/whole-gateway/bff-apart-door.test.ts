/** A BFF in a process of its own behind the gateway: what comes through, who is believed, and whom its troubles reach. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import { startGateway } from '../app.ts';
import { IdentityKeys } from '../auth/to-backends/identity-keys.ts';
import { configSchema } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import type { Running } from '../running.ts';

const folder = import.meta.dirname;
const KEY = 'a-key-of-acme-0123456789';
const ours = pem();
const quiet = { telemetry: { accessLog: { enabled: false }, level: 'error' } };
const local = { host: '127.0.0.1', port: 0 };

let front: Running;
let back: Running;
/** Stands where a BFF's process would, to see what comes. */
const seen: IncomingMessage[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
  response.end('{}');
const raw = createServer((request, response) => {
  seen.push(request);
  request.resume().once('end', () => answer(request, response));
});

function pem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const urlOf = ({ addresses }: Running): string => `http://127.0.0.1:${addresses.public.port}`;

before(async () => {
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  const place = raw.address();
  const rawUrl = `http://127.0.0.1:${typeof place === 'object' ? place?.port : 0}`;
  const keys = new IdentityKeys(systemClock);
  keys.lease([ours]);
  back = await startGateway({
    folder,
    config: configSchema.parse({
      ...quiet,
      listen: { ...local, trustedProxies: { addresses: ['127.0.0.1'], deadline: 'x-deadline-ms' } },
      auth: {
        jwt: {
          issuer: 'https://front.example',
          audience: 'web',
          keys: JSON.parse(JSON.stringify(keys.published())),
          algorithms: ['EdDSA'],
          types: ['frontdesk-identity+jwt'],
          claims: { consumer: 'consumer' },
          endsStreams: false,
        },
      },
      bffs: [{ package: './bff-apart.fixture.ts', mount: '/web' }],
    }),
  });
  front = await startGateway({
    folder,
    config: configSchema.parse({
      ...quiet,
      listen: local,
      admin: local,
      auth: {
        apiKey: { header: 'x-api-key' },
        identityTokens: { issuer: 'https://front.example', keys: [ours] },
      },
      plans: { p: { limit: 'unlimited', scopes: ['me:read'] } },
      consumers: [
        { id: 'acme', plan: 'p', tenant: 't1', apiKeys: [{ id: 'k', sha256: hash('sha256', KEY, 'hex') }] },
      ],
      bffs: [
        { url: urlOf(back), mount: '/web', scopes: ['me:read'] },
        { url: rawUrl, mount: '/raw', concurrency: 1, deadline: '3s', auth: ['apiKey', 'anonymous'] },
        { url: 'http://127.0.0.1:1', mount: '/gone', auth: 'none', objective: { availability: 99 } },
        { package: './bff-apart.fixture.ts', mount: '/inside', auth: ['apiKey'] },
      ],
    }),
  });
});

after(async () => {
  await front?.drain();
  await back?.drain();
  raw.close();
});

const asAcme = { 'x-api-key': KEY };

async function ask(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const reply = await fetch(`${urlOf(front)}${path}`, init);
  const text = await reply.text();
  return { status: reply.status, body: text === '' ? undefined : JSON.parse(text), headers: reply.headers };
}

const ACME = { subject: 'acme', consumer: 'acme', tenant: 't1', roles: [] };

test('REST and GraphQL of the BFF answer as they would inside, and know who asks', async () => {
  const inside = await ask('/inside/me', { headers: asAcme });
  const apart = await ask('/web/me', { headers: asAcme });
  assert.deepEqual([inside.status, apart.status], [200, 200]);
  assert.deepEqual(apart.body, { who: ACME, pid: process.pid });
  assert.deepEqual(apart.body, inside.body);
  const graphql = await ask('/web/graphql', {
    method: 'POST',
    headers: { ...asAcme, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ me { who } }' }),
  });
  assert.deepEqual(graphql.body, { data: { me: { who: ACME } } });
  assert.equal((await ask('/web/nothing', { headers: asAcme })).status, 404);
});

test('the door of the gateway is before it: no credential, no way through', async () => {
  assert.equal((await ask('/web/me')).status, 401);
  assert.equal((await ask('/web/me', { headers: { 'x-api-key': 'wrong-key-wrong-key' } })).status, 401);
});

test('its process believes nobody but the gateway: plain fields, other keys, other audiences and old tokens are refused', async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'https://front.example',
    aud: 'web',
    sub: 'acme',
    scope: 'me:read',
    iat: now,
    exp: now + 60,
  };
  const token = (more: object, key = ours): string =>
    new IdentityKeys(systemClock).lease([key]).sign(JSON.stringify({ ...claims, ...more }));
  const direct = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${urlOf(back)}/web/me`, { headers })).status;
  const bearer = (value: string): Record<string, string> => ({ authorization: `Bearer ${value}` });
  assert.equal(await direct(bearer(token({}))), 200, 'the one that all others differ from');
  assert.equal(await direct(bearer(token({ iat: now - 600, exp: now - 300 }))), 401, 'expired');
  assert.equal(await direct(bearer(token({ iss: 'https://other.example' }))), 401, 'another issuer');
  assert.equal(await direct(bearer(token({ aud: 'mobile' }))), 401, 'for another BFF');
  assert.equal(await direct(bearer(token({}, pem()))), 401, 'signed by somebody else');
  const forged = {
    'x-user-id': 'acme',
    'x-consumer-id': 'acme',
    'x-user-scopes': 'me:read',
    'x-identity-token': token({}),
  };
  assert.equal(await direct(forged), 401, 'fields alone');
  // Nor can a client slip them past the gateway.
  const { status, body } = await ask('/web/me', {
    headers: { ...asAcme, ...forged, ...bearer(token({ sub: 'eve' })) },
  });
  assert.deepEqual([status, body], [200, { who: ACME, pid: process.pid }]);
});

test('what a request needs on its way is there: its id, its trace, its key, its client and the time that is left', async () => {
  const key = '0b9b0d3c-5a58-4f0e-8f5e-2a4c5b1f7d11';
  const { headers } = await ask('/raw/rides?a=1', {
    method: 'POST',
    headers: {
      ...asAcme,
      'idempotency-key': key,
      'x-deadline-ms': '999999',
      'content-type': 'application/json',
    },
    body: '{}',
  });
  const request = seen.at(-1);
  assert.deepEqual([request?.method, request?.url], ['POST', '/raw/rides?a=1']);
  assert.equal(request?.headers['idempotency-key'], key);
  assert.equal(request?.headers['x-request-id'], headers.get('x-request-id'));
  assert.match(String(request?.headers.traceparent), /^00-/);
  assert.equal(request?.headers['x-forwarded-for'], '127.0.0.1');
  assert.match(String(request?.headers.authorization), /^Bearer ey/);
  assert.equal(request?.headers['x-api-key'], undefined, "the client's credential stays at the gateway");
  const leftMs = Number(request?.headers['x-deadline-ms']);
  assert.ok(leftMs > 0 && leftMs <= 3_000, String(leftMs));
});

test('a caller whom nobody asked is nobody there, whatever token they bring', async () => {
  const stolen = `Bearer ${new IdentityKeys(systemClock).lease([ours]).sign('{}')}`;
  await ask('/raw/me', {
    headers: { authorization: stolen, 'x-identity-token': stolen, 'x-user-id': 'acme' },
  });
  const { authorization, 'x-identity-token': token, 'x-user-id': user } = seen.at(-1)?.headers ?? {};
  assert.deepEqual([authorization, token, user], [undefined, undefined, undefined]);
});

test('a stream of events comes event by event', async () => {
  let send: (text: string) => void = () => {};
  answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send = (text) => void response.write(text);
    send('data: 1\n\n');
    response.once('close', () => response.end());
  };
  const stop = new AbortController();
  const reply = await fetch(`${urlOf(front)}/raw/live`, {
    headers: { ...asAcme, accept: 'text/event-stream' },
    signal: stop.signal,
  });
  const reader = reply.body?.getReader();
  assert.match(Buffer.from((await reader?.read())?.value ?? []).toString(), /data: 1/);
  send('data: 2\n\n');
  assert.match(Buffer.from((await reader?.read())?.value ?? []).toString(), /data: 2/);
  stop.abort();
  answer = (_, response) => response.end('{}');
});

test('a live stream knows who follows it, in events and as a subscription', async () => {
  const body = JSON.stringify({ query: 'subscription { ticks { tick } }' });
  for (const [path, init] of [
    ['/web/ticks', {}],
    ['/web/graphql', { method: 'POST', body }],
  ] as const) {
    const stop = new AbortController();
    const reply = await fetch(`${urlOf(front)}${path}`, {
      ...init,
      headers: { ...asAcme, accept: 'text/event-stream', 'content-type': 'application/json' },
      signal: stop.signal,
    });
    assert.match(reply.headers.get('content-type') ?? '', /event-stream/, path);
    const reader = reply.body?.getReader();
    let text = '';
    for (let more = await reader?.read(); more && !more.done; more = await reader?.read()) {
      text += Buffer.from(more.value).toString();
      if (text.includes('"acme"')) break;
    }
    assert.match(text, /"acme"/, path);
    stop.abort();
  }
  const nobody = await fetch(`${urlOf(front)}/web/ticks`, { headers: { accept: 'text/event-stream' } });
  assert.equal(nobody.status, 401);
});

test('one request more than it may have is refused at once, and others do not notice', async () => {
  const held = Promise.withResolvers<ServerResponse>();
  answer = (_request, response) => held.resolve(response);
  const first = ask('/raw/slow', { headers: asAcme });
  const response = await held.promise;
  const refused = await ask('/raw/more', { headers: asAcme });
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1']);
  assert.equal((await ask('/web/me', { headers: asAcme })).status, 200);
  response.end('{}');
  assert.equal((await first).status, 200);
  answer = (_, reply) => reply.end('{}');
});

test('a process that is gone is 502 for its own mount alone, and operators see what that costs', async () => {
  assert.equal((await ask('/gone/me')).status, 502);
  assert.equal((await ask('/web/me', { headers: asAcme })).status, 200);
  const admin = await fetch(`http://127.0.0.1:${front.addresses.admin?.port}/admin/bffs`);
  const bffs: unknown = await admin.json();
  assert.ok(Array.isArray(bffs));
  const [web, , gone] = bffs;
  assert.deepEqual([web.name, web.runs, gone.name, gone.budget.bad], ['web', 'apart', 'gone', 1]);
});
