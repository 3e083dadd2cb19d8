/**
 * GraphiQL in a real browser, from a real gateway: an operation with its plan and its calls, what streams, and that
 * nothing leaves this origin, breaks the page's policy or keeps a token.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Stack, startStack } from '../stack/stack.ts';

const BROWSER = process.env.FRONTDESK_TEST_BROWSER;
const HTML = 'text/html,application/xhtml+xml,*/*;q=0.8';
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** The first operation with @defer starts the second planner. */
const PATIENCE_MS = 90_000;

let stack: Stack;
describe('GraphiQL', () => {
  before(async () => {
    stack = await startStack({ name: 'graphiql' });
  });
  after(() => stack?.close());

  test('a browser gets the page without credentials; a client gets what it always got', async () => {
    const page = await fetch(`${stack.url}/graphql`, { headers: { accept: HTML } });
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
    const html = await page.text();
    for (const [, address = ''] of html.matchAll(/(?:src|href)="(graphql[^"]*)"/g)) {
      const file = await fetch(new URL(address, `${stack.url}/`));
      assert.equal(file.status, 200, address);
      assert.match(file.headers.get('cache-control') ?? '', /immutable/);
      assert.ok((await file.text()).length > 0);
    }
    const head = await fetch(`${stack.url}/graphql`, { method: 'HEAD', headers: { accept: HTML } });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(await head.text(), '');
    const version = /graphql\/graphiql\/([^/]+)\//.exec(html)?.[1];
    const unknown = [
      'graphiql/0/page.js',
      `graphiql/${version}/package.json`,
      `graphiql/${version}/..%2fpage-files.ts`,
    ];
    for (const path of unknown) {
      const { status } = await fetch(`${stack.url}/graphql/${path}`);
      assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    }

    const authorization = `Bearer ${await stack.token({ sub: '42', client: 'web-app' })}`;
    const anything = { accept: '*/*' };
    const query = `${stack.url}/graphql?query=${encodeURIComponent('{me{id}}')}`;
    const answers = [
      await fetch(query, { headers: { ...anything, authorization } }),
      await fetch(query, { headers: { accept: HTML, authorization } }),
      await fetch(`${stack.url}/graphql`, {
        method: 'POST',
        headers: { accept: HTML, authorization, 'content-type': 'application/json' },
        body: '{"query":"{me{id}}"}',
      }),
    ];
    for (const answer of answers) assert.deepEqual(await answer.json(), { data: { me: { id: '42' } } });
    const refused = await fetch(`${stack.url}/graphql`, { headers: anything });
    assert.equal(refused.status, 401);
  });

  describe('in a browser', { skip: BROWSER === undefined && 'no chromium' }, () => {
    let browser: Browser;
    before(async () => {
      browser = await chromium.launch({ executablePath: BROWSER ?? '', args: [...ARGUMENTS, ...QUIET] });
    });
    after(() => browser?.close());

    test('an operation with its calls and its plan, under the page’s policy', async () => {
      const { page, seen } = await openPage(browser);
      await page.locator('.fd-note', { hasText: 'The gateway asks who you are' }).waitFor();
      const token = await stack.token({ sub: '42', client: 'web-app' });
      await run(page, '{ me { id orders(first: 1) { items { product { name } } } } }', token);
      await page.locator('.fd-waterfall tbody tr').nth(4).waitFor();
      assert.match((await page.locator('.graphiql-response').textContent()) ?? '', /"product"/);
      const rows = await page.locator('.fd-waterfall tbody tr').allInnerTexts();
      assert.deepEqual(
        rows.map((row) => row.trim().split(/\s+/)[0]),
        ['prepare', 'plan', 'accounts', 'orders', 'products'],
      );
      for (const bar of await page.locator('.fd-waterfall tbody .fd-wait').all()) {
        assert.ok((await bar.boundingBox())?.width);
      }
      assert.match(
        (await page.locator('.fd-summary').textContent()) ?? '',
        /^[\d.]+ ms · 3 calls · cost \d+ of 50,000$/,
      );
      // By the keyboard alone.
      await page.getByRole('tab', { name: 'Calls' }).press('ArrowRight');
      assert.deepEqual(await page.locator('.fd-subgraph').allInnerTexts(), [
        'accounts',
        'orders',
        'products',
      ]);
      await page.locator('.fd-plan summary').first().press('Enter');
      assert.match((await page.locator('.fd-plan pre').first().textContent()) ?? '', /me \{\n/);
      await page.getByRole('button', { name: 'Open settings dialog' }).click();
      await page.getByText('Adjust how the interface appears').waitFor();
      assert.deepEqual(seen.violations, []);
      assert.deepEqual(seen.foreign, []);
      assert.deepEqual(seen.errors, []);
      const stored = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
      assert.ok(String(stored).includes('product'), 'what was asked is kept');
      assert.ok(!String(stored).includes(token), 'the token is not');
      await page.close();
    });

    test('what is deferred and what is subscribed to shows as it comes', async () => {
      const { page, seen } = await openPage(browser);
      const token = await stack.token({ sub: '42', client: 'web-app' });
      await run(page, '{ me { name ... @defer { orders(first: 1) { number } } } }', token);
      await page.getByText(/^2 parts$/).waitFor({ timeout: PATIENCE_MS });
      assert.match((await page.locator('.graphiql-response').textContent()) ?? '', /"number"/);
      await run(page, 'subscription { tripUpdated(id: "t1") { id status } }', token);
      await page.getByText('1 part · more may come').waitFor({ timeout: PATIENCE_MS });
      await page.getByRole('button', { name: 'Stop query' }).click();
      await page.getByText(/^1 part$/).waitFor();
      assert.deepEqual([seen.violations, seen.foreign, seen.errors], [[], [], []]);
      await page.close();
    });
  });

  interface Seen {
    readonly violations: string[];
    readonly foreign: string[];
    readonly errors: string[];
  }

  async function openPage(browser: Browser): Promise<{ page: Page; seen: Seen }> {
    const page = await browser.newPage();
    const seen: Seen = { violations: [], foreign: [], errors: [] };
    page.on('request', (request) => {
      if (!request.url().startsWith(`${stack.url}/`) && !request.url().startsWith('data:'))
        seen.foreign.push(request.url());
    });
    page.on('pageerror', (error) => seen.errors.push(String(error)));
    page.on('console', (message) => {
      const text = message.text();
      if (text.includes('Content Security Policy')) seen.violations.push(text);
      // The schema is first asked for without credentials: the browser says so, and so does the page.
      else if (message.type() === 'error' && !text.includes('401')) seen.errors.push(text);
    });
    await page.goto(`${stack.url}/graphql`);
    await page.locator('.fd-panel').waitFor();
    return { page, seen };
  }

  /** Types an operation and the token as a person would, and runs it. */
  async function run(page: Page, operation: string, token: string): Promise<void> {
    await write(page, '.graphiql-query-editor .CodeMirror', operation);
    await write(
      page,
      '.graphiql-editor-tool:not(.hidden) .CodeMirror >> visible=true',
      `{ "authorization": "Bearer ${token}" }`,
    );
    await page.locator('.graphiql-query-editor .CodeMirror').click();
    await page.keyboard.press('Control+Enter');
  }

  async function write(page: Page, editor: string, text: string): Promise<void> {
    await page.locator(editor).first().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(text);
  }
});
