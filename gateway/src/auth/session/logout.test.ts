/** Logouts by the page and by the provider, and what a page may know, through a whole gateway. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionGateway, testProvider } from '../../identities/browser-sessions.fixture.ts';

const LOGOUT = { 'http://schemas.openid.net/event/backchannel-logout': {} };

test('no other page logs anybody out', async (t) => {
  const { browser, origin } = await sessionGateway(t, await testProvider(t));
  await browser.login();
  for (const headers of [
    {},
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' },
  ]) {
    assert.equal((await browser.post('/auth/logout', headers)).status, 403);
  }
  assert.equal((await browser.open('/auth/logout')).status, 405);
  assert.equal((await browser.open('/api')).status, 200);
  const form = { origin, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' };
  const out = await browser.post('/auth/logout', form);
  assert.equal(out.status, 303);
  assert.match(out.location, /\/end\?client_id=gateway&post_logout_redirect_uri=/);
  assert.equal((await browser.open('/api')).status, 401);
});

test('a page knows of a session what is on the list, and whoever has none where to get one', async (t) => {
  const { browser } = await sessionGateway(t, await testProvider(t), {
    session: { visibleClaims: ['sub', 'roles'] },
  });
  const nobody = await browser.open('/auth/session');
  assert.deepEqual([nobody.status, JSON.parse(nobody.text).login], [401, '/auth/login']);
  await browser.login();
  const who = await browser.open('/auth/session');
  assert.equal(who.headers.get('cache-control'), 'no-store');
  const { claims, idleSeconds, logout } = JSON.parse(who.text);
  assert.deepEqual([claims, idleSeconds, logout], [{ sub: 'ada', roles: ['admin'] }, 1800, '/auth/logout']);
});

test('a logout may stay here, have the browser forget everything, and bear a provider that is down', async (t) => {
  const provider = await testProvider(t);
  const { browser, metrics } = await sessionGateway(t, provider, {
    session: { logoutAtIssuer: false, clearSiteData: true, afterLogout: '/bye' },
  });
  await browser.login();
  provider.knobs.tokenStatus = 500;
  const out = await browser.post('/auth/logout');
  assert.deepEqual([out.status, JSON.parse(out.text)], [200, { location: '/bye' }]);
  assert.equal(out.headers.get('clear-site-data'), '"cache", "cookies", "storage"');
  assert.match(await metrics(), /frontdesk_sessions_total\{event="ended"\} 1/);
});

test('the provider ends the sessions of a sid or of a subject, by a logout token that is good once', async (t) => {
  const provider = await testProvider(t);
  const { browser, another } = await sessionGateway(t, provider, { session: { backChannelLogout: true } });
  const past = Math.floor(Date.now() / 1000) - 5;
  const token = (claims: Record<string, unknown>) =>
    provider.sign(
      { iss: provider.url, aud: 'gateway', iat: past, jti: crypto.randomUUID(), events: LOGOUT, ...claims },
      { typ: 'logout+jwt' },
    );
  const send = async (logoutToken: string, type = 'application/x-www-form-urlencoded') =>
    (
      await another().open('/auth/backchannel-logout', {
        method: 'POST',
        headers: { 'content-type': type },
        body: new URLSearchParams({ logout_token: logoutToken }).toString(),
      })
    ).status;
  provider.knobs.idToken = { sid: 's2' };
  const other = another();
  await other.login();
  provider.knobs.idToken = {};
  await browser.login();
  for (const bad of [
    '',
    'x',
    token({ aud: 'x', sid: 's1' }),
    token({ nonce: 'n', sid: 's1' }),
    token({ events: {}, sid: 's1' }),
  ])
    assert.equal(await send(bad), 400);
  assert.equal(await send(token({ sid: 's1' }), 'text/plain'), 415);
  assert.equal((await browser.open('/api')).status, 200);
  const good = token({ sid: 's1' });
  assert.equal(await send(good), 200);
  assert.equal(await send(good), 400);
  assert.deepEqual([(await browser.open('/api')).status, (await other.open('/api')).status], [401, 200]);
  assert.equal(await send(token({ sub: 'ada' })), 200);
  assert.equal((await other.open('/api')).status, 401);
});
