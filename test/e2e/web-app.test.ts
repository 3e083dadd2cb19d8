/**
 * The web app: people log in at a browser by way of the gateway, its page asks the web BFF with the session's cookie, and
 * nothing that a script, or the network, sees is a token. Then the same BFF in the process of its team.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type BrowserContext, chromium, type Page, type Request } from 'playwright-core';
import { type RawConfig, ROOT, writeConfig } from '../stack/config.ts';
import { type GatewayProcess, startGateway } from '../stack/gateway-process.ts';
import { freePorts, makePorts } from '../stack/ports.ts';
import { type Stack, startStack } from '../stack/stack.ts';

const BROWSER = process.env.FRONTDESK_TEST_BROWSER;
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
/** Of a JWT, and of the opaque ones of this provider. */
const TOKEN = /eyJ[\w-]{10,}\.[\w-]+\.|"(access|refresh|id)_token"/;

/** All that scripts can find of what a browser keeps. */
const FIND = `JSON.stringify([document.cookie, Object.keys(localStorage), Object.keys(sessionStorage)])`;

/** Asks as the page's own scripts do: `[status, text]`. */
async function ask(page: Page, path: string, body?: object): Promise<[status: number, text: string]> {
  const options = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const script = `fetch(${JSON.stringify(path)}, ${JSON.stringify(options ?? {})})
    .then(async (reply) => JSON.stringify([reply.status, await reply.text()]))`;
  const [status, text]: [number, string] = JSON.parse(String(await page.evaluate(script)));
  return [status, text];
}

/** As any page may: it sends, with whatever cookies the browser adds, and reads nothing. */
const SEND = (url: string, body: object): string =>
  `fetch('${url}', { method: 'POST', mode: 'no-cors', credentials: 'include', body: '${JSON.stringify(body)}' }).then(() => 'sent')`;

let stack: Stack;
describe('the web app', () => {
  before(async () => {
    stack = await startStack({ name: 'web-app' });
  });
  after(() => stack?.close());

  async function cityOf(user: string): Promise<string> {
    const reply = await fetch(`${stack.backends.users.url}/users/${user}`);
    const { city }: { city: string } = JSON.parse(await reply.text());
    return city;
  }

  describe('in a browser', { skip: BROWSER === undefined && 'no chromium', timeout: 180_000 }, () => {
    let context: BrowserContext;
    let page: Page;
    let close: () => Promise<void> = async () => {};
    /** What the browser said to the gateway, and what it heard. */
    const sent: Request[] = [];
    const heard: string[] = [];
    before(async () => {
      const browser = await chromium.launch({ executablePath: BROWSER ?? '', args: ARGUMENTS });
      close = () => browser.close();
      context = await browser.newContext();
      page = await context.newPage();
      page.on('request', (request) => request.url().startsWith(stack.url) && sent.push(request));
      page.on('response', async (reply) => {
        if (!reply.url().startsWith(stack.url)) return;
        heard.push(JSON.stringify(await reply.allHeaders().catch(() => ({}))));
        heard.push(await reply.text().catch(() => ''));
      });
    });
    after(() => close());

    test('nobody is let in, and a person who comes is taken to the login', async () => {
      await page.goto(stack.url);
      await page.waitForSelector('#login:not([hidden])');
      assert.equal((await ask(page, '/web/dashboard'))[0], 401);
      await page.goto(`${stack.url}/web/account`);
      assert.equal(new URL(page.url()).origin, stack.backends.idp.url);
    });

    test('whoever logs in sees what is theirs, by REST and GraphQL', async () => {
      await page.goto(stack.url);
      await page.click('#login');
      await page.fill('[name=login]', '42');
      await page.fill('[name=password]', 'demo');
      await page.click('button:not([name])');
      await page.waitForSelector('#app:not([hidden])');
      assert.equal(page.url(), `${stack.url}/`);
      assert.match(String(await page.textContent('#who')), /^Samir Baumann from /);
      assert.equal(await page.locator('#orders li').count(), 5);
      const [status, text] = await ask(page, '/web/dashboard');
      assert.deepEqual([status, JSON.parse(text).user.id], [200, '42']);
      const [, answer] = await ask(page, '/web/graphql', {
        query: '{ account { paymentMethods { label } } }',
      });
      assert.equal(JSON.parse(answer).data.account.paymentMethods.length, 2);
      assert.equal((await ask(page, '/mobile/dashboard'))[0], 401, 'phones bring tokens');
    });

    test('changes come from our own pages alone', async () => {
      const was = await cityOf('42');
      const [{ value = '' } = {}] = (await context.cookies(stack.url)).filter(
        ({ name }) => name === 'frontdesk',
      );
      const forge = async (headers: Record<string, string>): Promise<number> => {
        const reply = await fetch(`${stack.url}/web/account/profile`, {
          method: 'POST',
          headers: { cookie: `frontdesk=${value}`, 'content-type': 'application/json', ...headers },
          body: '{"city":"Nowhere"}',
        });
        return reply.status;
      };
      assert.equal(await forge({}), 403);
      assert.equal(await forge({ 'sec-fetch-site': 'same-site' }), 403);
      assert.equal(await forge({ origin: stack.backends.users.url }), 403);
      // Another port is another origin, but the same site: the browser adds the cookie.
      const foreign = await context.newPage();
      await foreign.goto(`${stack.backends.users.url}/users/42`);
      const mutation = { query: 'mutation { updateProfile(city: "Nowhere") { city } }' };
      await foreign.evaluate(SEND(`${stack.url}/web/account/profile`, { city: 'Nowhere' }));
      await foreign.evaluate(SEND(`${stack.url}/web/graphql`, mutation));
      await foreign.close();
      assert.equal(await cityOf('42'), was);
      await page.fill('#profile [name=city]', 'Ulm');
      await page.click('#profile button');
      await page.locator('#profile output', { hasText: 'Saved.' }).waitFor();
      assert.equal(await cityOf('42'), 'Ulm');
    });

    test('no token is ever in the browser', async () => {
      assert.deepEqual(JSON.parse(String(await page.evaluate(FIND))), ['', [], []]);
      const cookies = (await context.cookies(stack.url)).filter(({ name }) => name === 'frontdesk');
      assert.deepEqual(
        cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite]),
        [[true, 'Lax']],
      );
      assert.doesNotMatch(cookies[0]?.value ?? '', TOKEN);
      for (const request of sent) {
        const { authorization, cookie = '' } = await request.allHeaders();
        assert.equal(authorization, undefined);
        assert.doesNotMatch(cookie + request.url(), TOKEN);
      }
      assert.ok(heard.length > 10);
      for (const one of heard) assert.doesNotMatch(one, TOKEN);
    });

    test('who logs out is out, with whatever copy of the cookie', async () => {
      const [{ value = '' } = {}] = (await context.cookies(stack.url)).filter(
        ({ name }) => name === 'frontdesk',
      );
      const cookie = `frontdesk=${value}`;
      assert.equal((await fetch(`${stack.url}/web/dashboard`, { headers: { cookie } })).status, 200);
      await page.click('#logout button');
      await page.waitForURL(`${stack.backends.idp.url}/**`);
      assert.equal((await fetch(`${stack.url}/web/dashboard`, { headers: { cookie } })).status, 401);
      await page.goto(stack.url);
      await page.waitForSelector('#login:not([hidden])');
      assert.equal((await ask(page, '/web/dashboard'))[0], 401);
      assert.equal((await ask(page, '/web/graphql', { query: '{ account { profile { id } } }' }))[0], 401);
    });
  });

  test('the same BFF in a process of its team, as its package ships it', { timeout: 120_000 }, async (t) => {
    const [bffPort = 0, bffAdminPort = 0] = await freePorts(2);
    const gateway = await stack.addGateway(({ bffs }: RawConfig) => {
      if (Array.isArray(bffs)) bffs.splice(1, 1, { url: `http://127.0.0.1:${bffPort}`, mount: '/web' });
    });
    const ports = makePorts((name) => {
      if (name === 'gateway') return Number(new URL(gateway.url).port);
      return name === 'admin' ? 0 : Number(new URL(stack.backends[name].url).port);
    });
    const token = await stack.token({ sub: '42', client: 'web-app' });
    const status = async (url: string, headers: Record<string, string>): Promise<number> =>
      (await fetch(url, { headers })).status;
    const bearer = { authorization: `Bearer ${token}` };
    assert.ok((await status(`${gateway.url}/web/account`, bearer)) >= 502, 'nobody is there yet');
    const own = (config: RawConfig): void => {
      config.listen = { ...Object(config.listen), port: bffPort };
      config.admin = { host: '127.0.0.1', port: bffAdminPort };
    };
    const configPath = writeConfig('web-app-own', ports, own, join(ROOT, 'bff-web/frontdesk.yaml'));
    const bff: GatewayProcess = await startGateway({ configPath, port: bffPort, adminPort: bffAdminPort });
    t.after(() => bff.stop());
    let last = await status(`${gateway.url}/web/account`, bearer);
    // The gateway's breaker lets one through as soon as it may.
    while (last >= 502) last = await status(`${gateway.url}/web/account`, bearer);
    assert.equal(last, 200);
    const reply = await fetch(`${gateway.url}/web/account`, { headers: bearer });
    const { profile }: { profile: { id: string } } = JSON.parse(await reply.text());
    assert.equal(profile.id, '42');
    assert.equal(
      await status(`${bff.url}/web/account`, bearer),
      200,
      "people's own tokens are good there too",
    );
    assert.equal(await status(`${bff.url}/web/account`, { 'x-user-id': '42' }), 401);
  });
});
