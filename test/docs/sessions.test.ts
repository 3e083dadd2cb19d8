/** The examples of gateway/docs/SESSIONS.md, with a real identity provider; and the same in a real browser. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { chromium } from 'playwright-core';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

const BROWSER = process.env.FRONTDESK_TEST_BROWSER;
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];

async function serve(t: TestContext, port: number, handle: RequestListener): Promise<void> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
}

/** All that scripts can find of what a browser keeps. */
const FIND = `JSON.stringify([document.cookie, Object.keys(localStorage), Object.keys(sessionStorage)])`;

/** As any page may: it sends, with whatever cookies the browser adds, and reads nothing. */
const SEND = (url: string): string =>
  `fetch('${url}', { method: 'POST', mode: 'no-cors', credentials: 'include' }).then(() => 'sent')`;

test('the examples of SESSIONS.md do what it says', { timeout: 300_000 }, async (t) => {
  const [orders = 0, idp = 0, elsewhere = 0] = await freePorts(3);
  const received: string[] = [];
  await serve(t, orders, ({ method, url, headers }, response) => {
    received.push(`${method} ${url} ${headers['x-user-id']} ${headers.cookie}`);
    response.end(`${url} for ${headers['x-user-id']}, ${headers['x-user-roles']}\n`);
  });
  await serve(t, elsewhere, (_, response) => {
    response.setHeader('content-type', 'text/html').end('<title>another page</title>');
  });
  const provider = await startService('idp', { port: idp });
  t.after(() => provider.close());
  const page = await startPage(t, {
    page: 'SESSIONS.md',
    config: 'sessions.yaml',
    moved: {
      '127.0.0.1:4101': `127.0.0.1:${orders}`,
      '127.0.0.1:4100': `127.0.0.1:${idp}`,
      '127.0.0.1%3A4000': '127.0.0.1%3A…',
    },
  });
  for (const title of ['login', 'changes', 'logout']) await t.test(title, () => page.run(title));

  await t.test('in a browser', { skip: BROWSER === undefined && 'no chromium' }, async () => {
    const browser = await chromium.launch({ executablePath: BROWSER ?? '', args: ARGUMENTS });
    try {
      const context = await browser.newContext();
      const tab = await context.newPage();
      const { url } = page.gateway;
      await tab.goto(`${url}/orders/3`);
      assert.equal(new URL(tab.url()).port, String(idp));
      await tab.fill('[name=password]', 'demo');
      await tab.click('button:not([name])');
      await tab.waitForURL(`${url}/orders/3`);
      assert.match(String(await tab.textContent('body')), /^\/orders\/3 for 42, customer/);
      const [cookie] = (await context.cookies(url)).filter(({ name }) => name === 'frontdesk');
      assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Lax']);
      assert.deepEqual(JSON.parse(String(await tab.evaluate(FIND))), ['', [], []]);
      assert.equal(
        await tab.evaluate(`fetch('/orders/4', { method: 'POST' }).then(({ status }) => status)`),
        200,
      );
      // Another port is another origin, but the same site: there SameSite holds back nothing.
      for (const host of ['127.0.0.1', 'localhost']) {
        const foreign = await context.newPage();
        await foreign.goto(`http://${host}:${elsewhere}/`);
        await foreign.evaluate(SEND(`${url}/orders/5`));
        await foreign.evaluate(SEND(`${url}/auth/logout`));
      }
      assert.equal(await tab.evaluate(`fetch('/auth/session').then(({ status }) => status)`), 200);
      assert.ok(received.includes('POST /orders/4 42 undefined'));
      assert.equal(
        received.some((line) => line.includes('/orders/5')),
        false,
      );
    } finally {
      await browser.close();
    }
  });
});
