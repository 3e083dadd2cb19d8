import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { collect, WholeBody } from '../core/body.ts';
import type { Exchange, Reply } from '../core/exchange.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { type ExchangeOptions, makeExchange } from '../core/testing/exchange.ts';
import { waterfall } from '../telemetry/waterfall.ts';
import { LiveFeed } from './live-feed.ts';
import { livePage } from './live-page.ts';
import type { LiveSource } from './live-source.ts';
import { lineOf, traceOf } from './testing.fixture.ts';

const TOKEN = 'an-admin-token-of-length';
const HOST = 'admin.example:4001';
const OURS = { origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' };

function bench() {
  const clock = new ManualClock();
  const source: LiveSource = {
    open: () => () => {},
    list: async () => [lineOf('r1')],
    find: async (id) => (id === 'r1' ? waterfall(traceOf('r1')) : undefined),
  };
  const tried: unknown[] = [];
  const page = livePage({
    ...{ clock, token: () => TOKEN, source, feed: new LiveFeed(source) },
    questions: {
      routes: async () => [{ path: '/a' }],
      match: async ({ url }) => ({ url }),
      plan: async ({ query }) => ({ query }),
    },
    tries: {
      send: async (request) => {
        tried.push(request);
        return {
          id: 'r1',
          status: 200,
          headers: [],
          body: '',
          encoding: 'utf-8',
          bytes: 0,
          cut: false,
          totalMs: 1,
        };
      },
    },
  });
  const exchangeOf = (options: ExchangeOptions): Exchange =>
    makeExchange({ host: HOST, ...options }).exchange;
  const ask = async (options: ExchangeOptions): Promise<Reply | undefined> =>
    page.answer(exchangeOf(options));
  const post = (target: string, value: unknown): Promise<Reply | undefined> =>
    ask({
      method: 'POST',
      target,
      headers: { 'content-type': 'application/json' },
      body: new WholeBody(JSON.stringify(value)),
    });
  const logIn = async (given: string, headers: Readonly<Record<string, string>> = OURS): Promise<Reply> => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...headers };
    const body = new WholeBody(`token=${given}`);
    const answered = page.open(exchangeOf({ method: 'POST', target: '/login', headers: form, body }));
    answered?.catch(() => {});
    await turn();
    clock.advance(500);
    return (await answered) ?? assert.fail();
  };
  return { page, ask, post, logIn, exchangeOf, tried };
}

async function jsonOf(reply: Reply | undefined): Promise<unknown> {
  const bytes = await collect((reply ?? assert.fail()).body, 100_000, () => new Error('large'));
  return JSON.parse(Buffer.from(bytes).toString());
}

describe("the page's paths", () => {
  it('are its files and what it asks', async () => {
    const { ask, post, tried } = bench();
    assert.equal((await ask({ target: '/' }))?.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(await ask({ target: '/metrics' }), undefined);
    assert.deepEqual(await jsonOf(await ask({ target: '/admin/live/routes' })), [{ path: '/a' }]);
    assert.deepEqual(await jsonOf(await post('/admin/live/match', { method: 'GET', url: '/a' })), {
      url: '/a',
    });
    assert.deepEqual(await jsonOf(await post('/admin/live/plan', { query: '{ a }' })), { query: '{ a }' });
    await post('/admin/live/try', { method: 'GET', path: '/a' });
    assert.deepEqual(tried, [{ method: 'GET', path: '/a', headers: [] }]);
    await assert.rejects(post('/admin/live/try', { method: 'GET', path: 'http://evil.example' }), {
      code: 'bad_request',
    });
    await assert.rejects(ask({ target: '/admin/live/try' }), { code: 'method_not_allowed' });
    await assert.rejects(ask({ target: '/admin/live/other' }), { code: 'not_found' });
    await assert.rejects(ask({ target: '/', method: 'POST' }), { code: 'method_not_allowed' });
  });

  it('have a stream, and each request that is kept as a waterfall', async () => {
    const { ask } = bench();
    const stream = await ask({ target: '/admin/live' });
    assert.equal(stream?.headers.get('content-type'), 'text/event-stream');
    assert.equal(stream?.headers.get('cross-origin-resource-policy'), 'same-origin');
    stream?.body.discard(new Error('enough'));
    const shown = await jsonOf(await ask({ target: '/admin/live/requests/r1' }));
    assert.ok(typeof shown === 'object' && shown !== null && 'rows' in shown);
    await assert.rejects(ask({ target: '/admin/live/requests/none' }), { code: 'not_found' });
  });
});

describe('who may see it', () => {
  it('L159: a browser that is nobody is taken to the login; a session opens the page and what it asks, and no more', async () => {
    const { page, logIn, exchangeOf } = bench();
    const navigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const first = await page.open(exchangeOf({ target: '/', headers: navigation }));
    assert.deepEqual([first?.status, first?.headers.get('location')], [303, '/login']);
    assert.equal((await page.open(exchangeOf({ target: '/login' })))?.status, 200);
    assert.equal(page.open(exchangeOf({ target: '/page/page.js' })), undefined);
    assert.equal((await logIn('wrong')).headers.get('location'), '/login#wrong');
    const opened = await logIn(TOKEN);
    assert.equal(opened.headers.get('location'), '/');
    const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const admits = (options: ExchangeOptions): boolean =>
      page.admits(exchangeOf({ ...options, headers: { cookie, ...options.headers } }));
    assert.equal(page.open(exchangeOf({ target: '/', headers: { cookie, ...navigation } })), undefined);
    assert.equal(admits({ target: '/', headers: navigation }), true);
    assert.equal(admits({ target: '/admin/upstreams' }), true);
    assert.equal(admits({ target: '/admin/live/try', method: 'POST', headers: OURS }), true);
    for (const method of ['POST', 'PUT', 'DELETE'])
      assert.equal(admits({ target: '/admin/config', method, headers: OURS }), false);
    assert.equal(page.admits(exchangeOf({ target: '/' })), false);
  });

  it('L159: no page of another site acts by a session, logs in or logs out', async () => {
    const { page, logIn, exchangeOf } = bench();
    const cookie = ((await logIn(TOKEN)).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const foreign: readonly Readonly<Record<string, string>>[] = [
      { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'http://admin.example:9999', 'sec-fetch-site': 'same-site' },
      { origin: 'null' },
      {},
    ];
    for (const headers of foreign) {
      const asked = exchangeOf({
        target: '/admin/live/try',
        method: 'POST',
        headers: { cookie, ...headers },
      });
      assert.equal(page.admits(asked), false, JSON.stringify(headers));
      await assert.rejects(logIn(TOKEN, headers), { code: 'forbidden' });
      const out = exchangeOf({ target: '/logout', method: 'POST', headers: { cookie, ...headers } });
      await assert.rejects(page.open(out) ?? assert.fail(), { code: 'forbidden' });
    }
    const image = exchangeOf({ target: '/admin/live', headers: { cookie, 'sec-fetch-site': 'same-site' } });
    assert.equal(page.admits(image), false);
    const out = exchangeOf({ target: '/logout', method: 'POST', headers: { cookie, ...OURS } });
    assert.equal((await page.open(out))?.headers.get('location'), '/login');
    assert.equal(page.admits(exchangeOf({ target: '/', headers: { cookie } })), false);
  });

  it('without a token there is nothing to log in with', async () => {
    const { exchangeOf } = bench();
    const open = livePageWithoutToken();
    assert.equal(open.open(exchangeOf({ target: '/login' })), undefined);
    assert.equal(open.admits(exchangeOf({ target: '/' })), false);
  });
});

function livePageWithoutToken() {
  const source: LiveSource = { open: () => () => {}, list: async () => [], find: async () => undefined };
  return livePage({
    ...{ clock: new ManualClock(), token: () => undefined, source, feed: new LiveFeed(source) },
    questions: { routes: async () => [], match: async () => ({}), plan: async () => ({}) },
    tries: { send: () => assert.fail() },
  });
}
