/** A real browser's EventSource and WebSocket through the demo's gateway: what is cut is taken up again; bytes stay bytes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Stack, startStack } from '../stack/stack.ts';

const BROWSER = process.env.FRONTDESK_TEST_BROWSER;
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];

/** Follows a trip to its end, and tells which steps came and how often the stream was opened. */
const FOLLOW = `new Promise((resolve) => {
  const source = new EventSource('/api/events?trip=t988');
  const steps = [];
  let opened = 0;
  source.onopen = () => { opened += 1; };
  source.addEventListener('position', ({ data, lastEventId }) => {
    steps.push(lastEventId + ' ' + JSON.parse(data).status);
    document.title = 'step ' + steps.length;
  });
  source.addEventListener('done', () => { source.close(); resolve(JSON.stringify({ steps, opened })); });
})`;

const TALK = `new Promise((resolve) => {
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/api/positions', ['other', 'positions.v1']);
  socket.binaryType = 'arraybuffer';
  const heard = [];
  socket.onopen = () => socket.send(Uint8Array.of(0, 128, 255));
  socket.onmessage = ({ data }) => {
    heard.push(typeof data === 'string' ? JSON.parse(data).type : [...new Uint8Array(data)].join(' '));
    if (heard.length === 2) socket.close(4001, 'enough');
  };
  socket.onclose = ({ code, wasClean }) => resolve(JSON.stringify({ protocol: socket.protocol, heard, code, wasClean }));
})`;

const OPENS = (url: string): string => `new Promise((resolve) => {
  const socket = new WebSocket('${url}');
  socket.onopen = () => resolve('open');
  socket.onerror = () => resolve('refused');
})`;

describe('in a browser', { skip: BROWSER === undefined && 'no chromium', timeout: 300_000 }, () => {
  let stack: Stack;
  let browser: Browser;
  let page: Page;
  before(async () => {
    stack = await startStack({ name: 'live-in-browser' });
    browser = await chromium.launch({ executablePath: BROWSER ?? '', args: ARGUMENTS });
    page = await browser.newPage();
    await page.goto(`${stack.url}/healthz`);
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
  });

  test('an event stream that is cut is taken up behind its last event', async () => {
    const followed = page.evaluate(FOLLOW);
    await page.waitForFunction("document.title === 'step 1'");
    await fetch(`${stack.backends.live.url}/__drop`, { method: 'POST' });
    assert.deepEqual(JSON.parse(String(await followed)), {
      steps: ['1 REQUESTED', '2 UNDER_WAY', '3 COMPLETED'],
      opened: 2,
    });
    const { recent } = await stack.backends.live.stats();
    const ids = recent
      .filter(({ url }) => url.startsWith('/events'))
      .map(({ headers }) => headers['last-event-id']);
    assert.deepEqual(ids, [undefined, '1']);
  });

  test('a socket gets the subprotocol that the backend chose, texts and bytes', async () => {
    assert.deepEqual(JSON.parse(String(await page.evaluate(TALK))), {
      protocol: 'positions.v1',
      heard: ['hello', '0 128 255'],
      code: 4001,
      wasClean: true,
    });
  });

  test('M161 a page of another origin opens none', async () => {
    const socket = `${stack.url.replace('http', 'ws')}/api/positions`;
    const foreign = await browser.newPage();
    await foreign.goto('about:blank');
    assert.equal(await foreign.evaluate(OPENS(socket)), 'refused');
    assert.equal(await page.evaluate(OPENS(socket)), 'open');
  });
});
