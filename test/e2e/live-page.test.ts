/**
 * The operators' page in a real browser, by the story of gateway/docs/LIVE-PAGE.md: the page's text says what to click, and
 * the clicks are made here. `FRONTDESK_SCREENSHOTS=1` writes what is seen to the page's pictures; a folder's path there
 * writes them, and those of all other views, to that folder.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ROOT } from '../stack/config.ts';
import type { GatewayProcess } from '../stack/gateway-process.ts';
import { type Stack, startStack } from '../stack/stack.ts';

const BROWSER = process.env.FRONTDESK_TEST_BROWSER;
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const SIZE = { width: 1280, height: 800 };
const STORY = readFileSync(join(ROOT, 'gateway/docs/LIVE-PAGE.md'), 'utf8');
const TOKEN = 'the-token-of-this-test';
const ENOUGH_MS = 60_000;
const { FRONTDESK_SCREENSHOTS: DRAWS } = process.env;
const IS_FOR_DOCS = DRAWS === '1';
const PICTURES = IS_FOR_DOCS ? join(ROOT, 'gateway/docs/images') : DRAWS;
const LOADED = ['/web/dashboard', '/web/orders?status=DELIVERED'];
/** A picture wants lines with a past. */
const ROUNDS = PICTURES === undefined ? 5 : 24;

describe('the live page', { skip: BROWSER === undefined && 'no chromium', timeout: 480_000 }, () => {
  let stack: Stack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let web: string;
  /** Whatever a browser complains of. */
  const complaints: string[] = [];

  function listen(to: Page): void {
    to.on('console', (message) => {
      // A try's waterfall is asked for until it is there.
      const isEarly = message.location().url.includes('/admin/live/requests/');
      if (message.type() === 'error' && !isEarly) complaints.push(message.text());
    });
    to.on('pageerror', (error) => complaints.push(String(error)));
  }

  async function picture(name: string, of: Page = page): Promise<void> {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    await of.screenshot({ path: join(PICTURES, `live-${name}.png`) });
  }

  /** For whoever works on the page. */
  async function glance(name: string): Promise<void> {
    if (!IS_FOR_DOCS) await picture(name);
  }

  async function ask(path: string): Promise<number> {
    const reply = await fetch(stack.url + path, { headers: { authorization: `Bearer ${web}` } });
    await reply.text();
    return reply.status;
  }

  /** Asks as the page of the docs says, until `done`. */
  async function load(done: () => Promise<boolean>): Promise<void> {
    const until = performance.now() + ENOUGH_MS;
    do {
      const statuses = await Promise.all(LOADED.map(ask));
      assert.deepEqual(statuses, [200, 200]);
      await new Promise((resolve) => setTimeout(resolve, 150));
    } while (performance.now() < until && !(await done()));
  }

  /** What is done next stands on the page, too. */
  function asTold(...texts: readonly string[]): void {
    for (const text of texts) assert.ok(STORY.includes(text), `the page does not say: ${text}`);
  }

  const go = (view: string): Promise<void> => page.click(`nav >> text="${view}"`);

  /** What either worker answered is on the page, and whatever else the page asks is answered. */
  async function seesAllWorkers(to: Page, { url }: GatewayProcess): Promise<void> {
    await to.click('nav >> text="Workers"');
    // The page's policy forbids what waits by evaluating text again and again: locators wait otherwise.
    await to.locator('#view tbody tr').nth(1).waitFor();
    const headers = { authorization: `Bearer ${web}` };
    // Each over a connection of its own: both workers get some.
    await Promise.all(Array.from({ length: 6 }, () => fetch(`${url}/web/dashboard`, { headers })));
    await to.click('nav >> text="Requests"');
    await to.locator('.requests li').nth(5).waitFor();
    await to.locator('.requests button').last().click();
    await to.waitForSelector('.waterfall tbody tr');
    await to.click('nav >> text="Routes"');
    await to.waitForSelector('.routes li');
    await to.fill('[aria-label=Path]', '/healthz');
    await to.getByRole('button', { name: 'Send' }).click();
    await to.waitForSelector('.answer .chip.good');
  }

  before(async () => {
    stack = await startStack({
      name: 'live-page',
      edit: (config) => {
        config.plans = { standard: { limit: 'unlimited', per: 'subject', default: true } };
        config.consumers = [];
      },
    });
    web = await stack.token({ sub: '42', client: 'web-app' });
    // The first requests plan, connect and are compiled: none of the story.
    for (let i = 0; i < 8; i += 1) await Promise.all(LOADED.map(ask));
    browser = await chromium.launch({ executablePath: BROWSER ?? '', args: ARGUMENTS });
    context = await browser.newContext({ viewport: SIZE, colorScheme: 'light' });
    context.setDefaultTimeout(ENOUGH_MS);
    page = await context.newPage();
    listen(page);
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
  });

  test('a newcomer finds which backend makes the dashboard slow', async () => {
    asTold(
      '4104/__faults',
      '{"latencyMs": 600}',
      '/web/dashboard',
      '**payments is slow**',
      'Click the notice',
    );
    await stack.backends.payments.faults({ latencyMs: 600 });
    await page.goto(stack.adminUrl);
    await page.waitForSelector('#live.good');
    const notice = page.locator('.notices button', { hasText: 'payments is slow' });
    let rounds = 0;
    await load(async () => {
      rounds += 1;
      return rounds > ROUNDS && (await notice.count()) > 0;
    });
    assert.match(String(await page.locator('.bars li').first().textContent()), /^payments/);
    await picture('overview');
    await notice.click();
    asTold(
      '**payments** is marked as **slowest**',
      'Click **Requests**',
      '**Slowest first**',
      'click the first one',
      '↓ goes to the next',
    );
    await page.waitForSelector('.backend.chosen.slowest');
    assert.match(String(await page.locator('.backend.slowest h2').textContent()), /^payments$/);
    await picture('backends');
    await go('Requests');
    await page.selectOption('select[aria-label=Route]', '/web/dashboard');
    await page.selectOption('select[aria-label=Order]', 'slowest');
    await page.locator('.requests button').first().click();
    const verdict = page.locator('.verdict .sentence', {
      hasText: /^Waited [\d.]+ m?s of [\d.]+ m?s for payments \(\d+ %\)/,
    });
    await page.waitForSelector('.waterfall tbody tr');
    // On a busy machine a request may have been slow for another reason: then the next one tells.
    const rows = await page.locator('.requests button').count();
    for (let left = rows; left > 0 && (await verdict.count()) === 0; left -= 1) {
      const id = page.locator('.waterfall .id');
      const before = await id.textContent();
      await page.keyboard.press('ArrowDown');
      await page
        .locator('.waterfall .id')
        .filter({ hasNotText: before ?? '' })
        .waitFor();
    }
    assert.equal(await verdict.count(), 1);
    await page.waitForSelector('.kind-call.is-critical >> text=payments');
    await picture('request');
  });

  test('a request can be tried, and it is told which route takes it and why', async () => {
    await go('Routes');
    await page.fill('[aria-label=Path]', '/web/dashboard');
    await page.fill('#try-headers', `authorization: Bearer ${web}\nx-a: <img src=x onerror=alert(1)>`);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.waitForSelector('.answer .chip.good');
    await page.waitForSelector('.waterfall .verdict');
    assert.match(String(await page.textContent('.answer .body')), /"dashboard"|"user"/);
    await page.fill('#try-headers', '');
    await page.getByRole('button', { name: 'Which route?' }).click();
    await page.waitForSelector('.candidate.taken');
    assert.match(String(await page.textContent('.candidate.taken')), /takes it.*\/web\/dashboard/);
    await picture('routes');
  });

  test('an operation is planned, and a bad one is refused in its place', async () => {
    await go('Graph');
    await page.getByRole('button', { name: 'Plan' }).click();
    await page.waitForSelector('.tree .asks');
    assert.match(String(await page.textContent('.tree')), /Fetch from\s*accounts/);
    await picture('graph');
    const before = complaints.length;
    await page.fill('#query', '{ nothing }');
    await page.getByRole('button', { name: 'Plan' }).click();
    await page.waitForSelector('.error');
    assert.match(String(await page.textContent('.error')), /nothing/);
    // The refusal itself is in the console, as every 400 is.
    complaints.splice(before);
  });

  test('limits, the configuration and the processes have their views; keys alone lead there', async () => {
    for (const [view, text] of [
      ['Limits & cache', /Consumers/],
      ['Configuration', /What serves/],
      ['Workers', /ready/],
    ] as const) {
      await page.locator(`nav >> text="${view}"`).focus();
      await page.keyboard.press('Enter');
      await page.locator('#title', { hasText: view }).waitFor();
      await page.locator('#view', { hasText: text }).waitFor();
      await glance(view);
    }
  });

  test('in the dark, and on a small screen, all is there', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await go('Overview');
    await load(async () => (await page.locator('.notices button').count()) > 0);
    await picture('overview-dark');
    for (const view of ['Backends', 'Requests', 'Routes']) {
      await go(view);
      await glance(`dark-${view}`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    for (const view of ['Overview', 'Backends', 'Requests', 'Routes', 'Graph', 'Workers']) {
      await go(view);
      const isWider = 'document.documentElement.scrollWidth > innerWidth + 1';
      assert.equal(await page.evaluate(isWider), false, `${view} is wider than the screen`);
      await glance(`small-${view}`);
    }
    await page.setViewportSize(SIZE);
    assert.deepEqual(complaints, []);
  });

  test('with a token people log in, to one page of several workers; a page of another origin gets nothing', async () => {
    const guarded = await stack.addGateway((config) => {
      config.admin = { ...(typeof config.admin === 'object' ? config.admin : {}), token: TOKEN };
      config.workers = 2;
    }, true);
    const other = await context.newPage();
    listen(other);
    await other.goto(guarded.adminUrl);
    assert.equal(new URL(other.url()).pathname, '/login');
    await other.fill('#token', 'a guess that is wrong');
    await other.click('button');
    await other.waitForSelector('#wrong:target');
    await picture('login', other);
    await other.fill('#token', TOKEN);
    await other.click('button');
    await other.waitForSelector('#live.good');
    assert.equal(await other.evaluate('document.cookie'), '');
    await other.waitForSelector('#log-out:not([hidden])');
    await seesAllWorkers(other, guarded);
    assert.deepEqual(complaints, []);
    const foreign = await context.newPage();
    await foreign.goto(`${stack.url}/healthz`);
    const ask = `fetch('${guarded.adminUrl}/admin/live/try', { method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' }, body: '{"method":"GET","path":"/"}' }).then(() => 'read', () => 'refused')`;
    assert.equal(await foreign.evaluate(ask), 'refused');
    const follow = (url: string): string =>
      `new Promise((resolve) => { const source = new EventSource('${url}/admin/live', { withCredentials: true }); source.onmessage = source.onopen = () => resolve('open'); source.onerror = () => { source.close(); resolve('refused'); }; })`;
    assert.equal(await foreign.evaluate(follow(guarded.adminUrl)), 'refused');
    assert.equal(await foreign.evaluate(follow(stack.adminUrl)), 'refused');
    await other.click('#log-out button');
    await other.waitForURL(/\/login$/);
  });
});
