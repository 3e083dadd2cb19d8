import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { it, type TestContext } from 'node:test';
import { waterfall } from '../telemetry/waterfall.ts';
import { DevPage, type DevState } from './dev-page.ts';

const STATE: DevState = {
  name: 'acme',
  url: 'http://127.0.0.1:4030',
  serves: ['GET /acme/home'],
  version: 1,
  building: false,
  problems: [],
  compilerProblems: [],
  fakes: [],
};
const SHOWN = waterfall({
  ...{ id: 'r1', at: 0, method: 'GET', route: '/acme/home', kind: 'bff', screens: ['home'] },
  ...{ status: 200, code: undefined, headMs: 1, totalMs: 2, deadlineMs: 800, parts: [], calls: [] },
});

async function opened(t: TestContext): Promise<{ page: DevPage; url: string }> {
  const page = new DevPage({ state: () => STATE, waterfalls: () => [] });
  const url = await page.listen(0, false);
  t.after(() => page.close());
  return { page, url };
}

function ask(url: string, headers: Record<string, string>, method = 'GET'): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, method, agent: false }, (response) => resolve(response));
    asked.once('error', reject).end();
  });
}

it('gives its files, with a policy that lets nothing else in', async (t) => {
  const { url } = await opened(t);
  for (const [path, type] of [
    ['/', 'text/html'],
    ['/page.js', 'text/javascript'],
    ['/rows.js', 'text/javascript'],
    ['/page.css', 'text/css'],
  ] as const) {
    const response = await fetch(`${url}${path}`);
    assert.equal(response.status, 200, path);
    assert.ok(response.headers.get('content-type')?.startsWith(type), path);
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.ok((await response.text()).length > 0);
  }
  for (const path of ['/../dev-page.ts', '/constructor', '/page.html'])
    assert.equal((await fetch(`${url}${path}`)).status, 404, path);
});

it('answers nobody who asks by a name that is not of this machine, and no other site', async (t) => {
  const { url } = await opened(t);
  const statusOf = async (headers: Record<string, string>, method?: string) => {
    const response = await ask(url, headers, method);
    response.resume();
    return response.statusCode;
  };
  assert.equal(await statusOf({ host: 'evil.example' }), 403);
  assert.equal(await statusOf({ host: 'localhost:1', 'sec-fetch-site': 'cross-site' }), 403);
  assert.equal(await statusOf({ host: 'localhost:1', 'sec-fetch-site': 'same-origin' }), 200);
  assert.equal(await statusOf({ host: '[::1]:1' }), 200);
  assert.equal(await statusOf({}, 'POST'), 405);
});

it('tells who looks what is the case, and then what changes', async (t) => {
  const { page, url } = await opened(t);
  const response = await ask(`${url}/events`, {});
  assert.equal(response.headers['content-type'], 'text/event-stream');
  let text = '';
  const until = async (end: string): Promise<void> => {
    while (!text.includes(end)) {
      const chunk: unknown = response.read();
      if (chunk === null) await new Promise((resolve) => response.once('readable', resolve));
      else text += String(chunk);
    }
  };
  await until('event: requests\ndata: []\n\n');
  assert.ok(text.startsWith(`event: state\ndata: ${JSON.stringify(STATE)}\n\n`));
  page.tellWaterfall(SHOWN);
  await until(`event: request\ndata: ${JSON.stringify(SHOWN)}\n\n`);
  response.destroy();
});

it('moves to a free port where it may', async (t) => {
  const { url } = await opened(t);
  const port = Number(new URL(url).port);
  const other = new DevPage({ state: () => STATE, waterfalls: () => [] });
  t.after(() => other.close());
  await assert.rejects(other.listen(port, false), { code: 'EADDRINUSE' });
  assert.notEqual(await other.listen(port, true), url);
});
