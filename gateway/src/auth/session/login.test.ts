/** Logins and the attacks on them, through a whole gateway (RFC 9700 §4, OAuth 2.0 for Browser-Based Applications). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEYS, sessionGateway, testProvider } from '../../identities/browser-sessions.fixture.ts';

test('an answer is good once', async (t) => {
  const { browser } = await sessionGateway(t, await testProvider(t));
  const answer = await browser.toAnswer();
  const attempt = [...browser.cookies];
  assert.equal((await browser.open(answer)).status, 302);
  const first = browser.cookies.get('frontdesk');
  assert.equal((await browser.open(answer)).status, 400);
  for (const [name, value] of attempt) browser.cookies.set(name, value);
  const replayed = await browser.open(answer);
  assert.equal(replayed.status, 400);
  assert.equal(JSON.parse(replayed.text).reason, 'this login is over');
  assert.equal(browser.cookies.get('frontdesk'), first);
});

test("another browser's answer is not taken, nor one with another state: nobody is logged in as somebody else", async (t) => {
  const provider = await testProvider(t);
  const { browser, another } = await sessionGateway(t, provider);
  const answer = await browser.toAnswer();
  const victim = another();
  assert.equal((await victim.open(answer)).status, 400);
  await victim.open('/auth/login');
  assert.equal((await victim.open(answer)).status, 400);
  assert.equal(victim.cookies.has('frontdesk'), false);
  const state = new URL(answer).searchParams.get('state') ?? '';
  for (const other of ['', 'x', `${state}x`, `${state.slice(0, 8)}${'x'.repeat(35)}`, state.toUpperCase()]) {
    const url = new URL(answer);
    url.searchParams.set('state', other);
    assert.equal((await browser.open(url.href)).status, 400);
  }
  assert.equal((await browser.open(`${answer}&state=${state}`)).status, 400);
  assert.equal(provider.asked.length, 0);
});

test('a code of another login is of no use: neither PKCE nor the nonce fits (code injection)', async (t) => {
  const provider = await testProvider(t);
  const { browser, another } = await sessionGateway(t, provider);
  const stolen = new URL(await another().toAnswer()).searchParams.get('code') ?? '';
  const answer = new URL(await browser.toAnswer());
  answer.searchParams.set('code', stolen);
  const refused = await browser.open(answer.href);
  assert.deepEqual([refused.status, JSON.parse(refused.text).reason], [400, 'the code is not good']);
  assert.equal(browser.cookies.size, 0);
  provider.knobs.idToken = { nonce: 'of another login' };
  assert.equal((await browser.login()).status, 502);
  provider.knobs.idToken = { aud: 'another client' };
  assert.equal((await browser.login()).status, 502);
  assert.equal(browser.cookies.has('frontdesk'), false);
});

test('an answer of another issuer is not shown to this one (mix-up)', async (t) => {
  const provider = await testProvider(t);
  const { browser } = await sessionGateway(t, provider);
  for (const iss of ['https://evil.example', '']) {
    provider.knobs.answer = { iss };
    assert.equal((await browser.login()).status, 400);
  }
  assert.equal(provider.asked.length, 0);
  provider.knobs.answer = { error: 'access_denied', code: '' };
  const refused = await browser.login();
  assert.deepEqual([refused.status, JSON.parse(refused.text).reason], [401, 'access_denied']);
  provider.knobs.answer = { error: '<script>', code: '' };
  assert.equal(JSON.parse((await browser.login()).text).reason, 'refused');
});

test('no answer of a login is kept or passed on as a referrer, above all not one whose code is unspent', async (t) => {
  const { browser } = await sessionGateway(t, await testProvider(t));
  const answer = await browser.toAnswer();
  const stranger = '/auth/callback?code=x&state=xxxxxxxxxxxxxxxx';
  for (const target of [
    '/auth/login',
    stranger,
    `${answer}&code=x`,
    answer.replace(/iss=[^&]+/, 'iss=x'),
    answer,
  ]) {
    const { headers } = await browser.open(target);
    assert.equal(headers.get('cache-control'), 'no-store', target);
    assert.equal(headers.get('referrer-policy'), 'no-referrer', target);
  }
  for (const method of ['POST', 'PUT', 'DELETE'])
    assert.equal((await browser.open('/auth/callback', { method })).status, 405);
});

test('several tabs log in side by side, and a hundred leave no hundred cookies', async (t) => {
  const { browser } = await sessionGateway(t, await testProvider(t));
  const [first, second] = [
    await browser.toAnswer('/auth/login?return_to=/a'),
    await browser.toAnswer('/auth/login?return_to=/b'),
  ];
  assert.equal((await browser.open(second)).location, '/b');
  assert.equal((await browser.open(first)).location, '/a');
  assert.equal((await browser.open('/api')).status, 200);
  for (let i = 0; i < 12; i += 1) await browser.open('/auth/login');
  assert.equal(browser.cookies.size, 1 + 5);
});

test('an id that was known before a login is worth nothing after it (fixation)', async (t) => {
  const { browser, another } = await sessionGateway(t, await testProvider(t));
  const attacker = another();
  await attacker.login();
  const planted = attacker.cookies.get('frontdesk') ?? '';
  browser.cookies.set('frontdesk', planted);
  await browser.login();
  assert.notEqual(browser.cookies.get('frontdesk'), planted);
  assert.equal((await browser.open('/api')).status, 200);
  assert.equal((await attacker.open('/api')).status, 401);
});

test('a login returns to a page of ours and nowhere else', async (t) => {
  const { browser } = await sessionGateway(t, await testProvider(t), {
    session: { afterLogin: ['/home', '/app', '/%61uth'] },
  });
  for (const [asked, expected] of [
    ['/app/x?y=1', '/app/x?y=1'],
    ['//evil.example', '/home'],
    ['/\\evil.example', '/home'],
    ['https://evil.example/app', '/home'],
    ['/app/..//evil.example', '/home'],
    ['/app\r\nset-cookie:a=b', '/home'],
    ['/other', '/home'],
    ['/auth/login', '/home'],
    ['/%61uth/login', '/home'],
    ['/app/%2e%2e/other', '/home'],
    ['/app@evil.example', '/home'],
    ['/app/\u3002evil.example', '/home'],
    [`/app/${'x'.repeat(1024)}`, '/home'],
  ] as const) {
    const target = `/auth/login?${new URLSearchParams({ return_to: asked })}`;
    assert.equal((await browser.login(target)).location, expected, asked);
  }
});

test('tampered, made-up, doubled and endless cookies are refused, and the browser forgets them', async (t) => {
  const { browser } = await sessionGateway(t, await testProvider(t), {
    config: {},
  });
  await browser.login();
  const good = browser.cookies.get('frontdesk') ?? '';
  const swapped = `${good[0] === 'A' ? 'B' : 'A'}${good.slice(1)}`;
  for (const bad of [swapped, 'x', '', 'x'.repeat(54), 'y'.repeat(4000), `${good}; frontdesk=${good}`]) {
    browser.cookies.set('frontdesk', bad);
    const refused = await browser.open('/api');
    assert.equal(refused.status, 401, bad);
    assert.match(refused.headers.get('set-cookie') ?? '', /^frontdesk=; Path=\/; Max-Age=0/);
    assert.equal(JSON.parse(refused.text).login, '/auth/login');
  }
});

test('over https the cookie has the prefix that no other host or path can set; with strict a page of ours goes on', async (t) => {
  const { another } = await sessionGateway(t, await testProvider(t), {
    origin: 'https://app.example',
    session: { cookie: { sameSite: 'strict' } },
  });
  const browser = another();
  const begun = await browser.open('/auth/login?return_to=/a?b=1%26c=2');
  assert.match(
    begun.headers.get('set-cookie') ?? '',
    /^__Host-frontdesk-login-[\w-]{8}=[\w-]+; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/,
  );
  const answer = new URL((await browser.open(begun.location)).location);
  assert.equal(answer.origin, 'https://app.example');
  const done = await browser.open(answer.pathname + answer.search);
  assert.equal(done.status, 200);
  assert.match(done.text, /content="0;url='\/a\?b=1&amp;c=2'"/);
  assert.match(
    done.headers.getSetCookie().at(-1) ?? '',
    /^__Host-frontdesk=[\w-]{54}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
});

test('keys may be rotated while a login is under way', async (t) => {
  const provider = await testProvider(t);
  const gateway = await sessionGateway(t, provider);
  const answer = await gateway.browser.toAnswer();
  const { options, running, browser } = gateway;
  const newer = 'a newer key, also of thirty-two characters';
  const { auth } = options.config;
  const session = auth.session && { ...auth.session, keys: [newer, ...KEYS] };
  await running.replace({ ...options, config: { ...options.config, auth: { ...auth, session } } });
  assert.equal((await browser.open(answer)).status, 302);
  assert.equal((await browser.open('/api')).status, 200);
});

test('a provider that is gone: no login, and nobody is logged in', async (t) => {
  const { browser } = await sessionGateway(t, { url: 'http://127.0.0.1:1' });
  const refused = await browser.open('/auth/login');
  assert.ok([502, 503].includes(refused.status));
  const provider = await testProvider(t);
  const second = await sessionGateway(t, provider);
  provider.knobs.tokenStatus = 500;
  const failed = await second.browser.login();
  assert.equal(failed.status, 503);
  assert.equal(second.browser.cookies.size, 0);
});
