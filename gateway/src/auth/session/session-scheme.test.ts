/** Sessions as a scheme among others, through a whole gateway: who is known, what is refused, what guards changes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startServers } from '../../graph/testing/subscription-servers.fixture.ts';
import { type Browser, sessionGateway, testProvider } from '../../identities/browser-sessions.fixture.ts';
import { skipWithoutServer, startRedis } from '../../state/testing/redis-server.ts';
import { client, closing, httpBackend, refusal, socketBackend } from '../../whole-gateway/proxied.fixture.ts';
import { SessionScheme } from './session-scheme.ts';

test('the scheme reads no field of its own, so that none is taken away whole', () => {
  assert.deepEqual(SessionScheme.prototype.challenges(), []);
});

test('a change that another page sends is refused; what a page of ours sends is not', async (t) => {
  const { browser, origin, seen } = await sessionGateway(t, await testProvider(t));
  await browser.login();
  for (const headers of [
    {},
    { origin: 'https://evil.example' },
    { origin, 'sec-fetch-site': 'x' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ] as Record<string, string>[]) {
    const { status } = await browser.post('/api', headers);
    assert.equal(status, headers.origin === origin ? 200 : 403, JSON.stringify(headers));
  }
  assert.equal((await browser.post('/api', { 'sec-fetch-site': 'same-origin' })).status, 200);
  assert.equal(seen()['x-user-id'], 'ada');
  assert.equal((await browser.open('/api', { headers: { 'sec-fetch-site': 'cross-site' } })).status, 200);
});

test('a person on the way to a page is taken to the login and back', async (t) => {
  const { browser } = await sessionGateway(t, await testProvider(t));
  const html = { headers: { accept: 'text/html' } };
  const sent = await browser.open('/page?a=1', html);
  assert.deepEqual([sent.status, sent.location], [302, '/auth/login?return_to=%2Fpage%3Fa%3D1']);
  assert.equal((await browser.open('/page')).status, 401);
  assert.equal((await browser.login(sent.location)).location, '/page?a=1');
  assert.equal((await browser.open('/page?a=1', html)).status, 200);
});

test('an access token that is over is refreshed once for all who wait', async (t) => {
  const provider = await testProvider(t);
  const { browser } = await sessionGateway(t, provider);
  // It is over before the next request.
  provider.knobs.accessSeconds = 0.001;
  await browser.login();
  provider.knobs.accessSeconds = 3600;
  const pages = await Promise.all(Array.from({ length: 50 }, () => browser.open('/api')));
  assert.ok(pages.every(({ status }) => status === 200));
  assert.deepEqual(provider.asked, ['authorization_code', 'refresh_token']);
});

test('a provider that is down is no reason to log anybody out; one that refuses is', async (t) => {
  const provider = await testProvider(t);
  provider.knobs.accessSeconds = 0.001;
  const { browser } = await sessionGateway(t, provider);
  await browser.login();
  provider.knobs.tokenStatus = 503;
  assert.equal((await browser.open('/api')).status, 503);
  assert.equal(browser.cookies.has('frontdesk'), true);
  provider.knobs.tokenStatus = 200;
  await browser.login();
  provider.refreshTokens.clear();
  assert.equal((await browser.open('/api')).status, 401);
  assert.equal(browser.cookies.has('frontdesk'), false);
});

test('a WebSocket of another page is refused although the cookie comes along', async (t) => {
  const provider = await testProvider(t);
  const { browser, host } = await sessionGateway(t, provider, {
    config: {
      upstreams: { one: { url: provider.url } },
      routes: [{ match: { path: '/socket' }, to: { upstream: 'one', websocket: {} } }],
    },
  });
  await browser.login();
  const cookie = `frontdesk=${browser.cookies.get('frontdesk')}`;
  const open = async (origin: string) =>
    (await refusal(`ws://${host}/socket`, { headers: { cookie, origin } })).status;
  assert.equal(await open('https://evil.example'), 403);
});

test('a backend begins, swaps and ends no session', async (t) => {
  const backend = await httpBackend(t, (_, response) => {
    const cookies = [
      'frontdesk=planted; Path=/api',
      '=frontdesk=x',
      'frontdesk-login-abcdefgh=x',
      'theme=dark',
    ];
    response.setHeader('set-cookie', cookies).end();
  });
  const { browser } = await sessionGateway(t, await testProvider(t), {
    config: { upstreams: { one: { url: backend.url } } },
  });
  assert.deepEqual((await browser.open('/open')).headers.getSetCookie(), ['theme=dark']);
});

test('a WebSocket to a host that is spelled otherwise, or from http while we are at https, gets no session', async (t) => {
  const backend = await socketBackend(t);
  const { browser, host } = await sessionGateway(t, await testProvider(t), {
    config: {
      upstreams: { one: { url: backend.url } },
      routes: [
        {
          match: { path: '/socket' },
          to: { upstream: 'one', websocket: { origins: ['https://partner.example'] } },
        },
      ],
    },
  });
  await browser.login();
  const cookie = `frontdesk=${browser.cookies.get('frontdesk')}`;
  // Taken without a session: the host that the request names, and a page that the route lets come.
  for (const origin of [`https://${host}`, 'https://partner.example'])
    assert.equal((await refusal(`ws://${host}/socket`, { headers: { cookie, origin } })).status, 403);
});

test('a WebSocket to the graph is for pages of ours as well', async (t) => {
  const servers = await startServers(t);
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-sessions-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'supergraph.graphql'), servers.supergraphSdl);
  const { browser, host, origin } = await sessionGateway(t, await testProvider(t), {
    config: {
      routes: [],
      graph: {
        supergraph: join(folder, 'supergraph.graphql'),
        planBudget: '10s',
        subscriptions: { origins: ['https://partner.example'] },
      },
    },
  });
  await browser.login();
  const cookie = `frontdesk=${browser.cookies.get('frontdesk')}`;
  const url = `ws://${host}/graphql`;
  const protocol = { 'sec-websocket-protocol': 'graphql-transport-ws' };
  for (const other of ['https://evil.example', 'https://partner.example', `https://${host}`, 'null'])
    assert.equal(
      (await refusal(url, { headers: { cookie, origin: other, ...protocol } })).status,
      403,
      other,
    );
  assert.equal((await refusal(url, { headers: { cookie, ...protocol } })).status, 403);
  await client(t, url, ['graphql-transport-ws'], { headers: { cookie, origin } });
});

test('a WebSocket that a session opened ends with its logout', async (t) => {
  const backend = await socketBackend(t);
  const { browser, host, origin } = await sessionGateway(t, await testProvider(t), {
    config: {
      upstreams: { one: { url: backend.url } },
      routes: [{ match: { path: '/socket' }, to: { upstream: 'one', websocket: {} } }],
    },
  });
  await browser.login();
  const cookie = `frontdesk=${browser.cookies.get('frontdesk')}`;
  const socket = await client(t, `ws://${host}/socket`, [], { headers: { cookie, origin } });
  const { headers } = await backend.next();
  assert.deepEqual([headers['x-user-id'], headers.cookie], ['ada', undefined]);
  const closed = closing(socket);
  await browser.post('/auth/logout');
  assert.notEqual((await closed).code, 1000);
});

describe('over Redis', { skip: skipWithoutServer }, () => {
  test('a session holds at every gateway, ends at every gateway within a second, and without Redis nobody can tell', async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const provider = await testProvider(t);
    const config = { state: { redis: redis.url } };
    const first = await sessionGateway(t, provider, { config });
    const second = await sessionGateway(t, provider, { config });
    await first.browser.login();
    const cookie = first.browser.cookies.get('frontdesk') ?? '';
    second.browser.cookies.set('frontdesk', cookie);
    const ask = async (browser: Browser) => (await browser.open('/api')).status;
    assert.deepEqual([await ask(first.browser), await ask(second.browser)], [200, 200]);
    await first.browser.post('/auth/logout');
    const until = performance.now() + 1000;
    while ((await second.browser.open('/api', { headers: { cookie: `frontdesk=${cookie}` } })).status !== 401)
      assert.ok(performance.now() < until, 'known for longer than a second');
    await first.browser.login();
    second.browser.cookies.set('frontdesk', first.browser.cookies.get('frontdesk') ?? '');
    await redis.kill();
    assert.equal(await ask(second.browser), 503);
    assert.equal((await first.browser.login()).status, 503);
  });
});
