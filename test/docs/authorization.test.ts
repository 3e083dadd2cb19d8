/** The examples of gateway/docs/AUTHORIZATION.md: orders behind scopes and policies, and a decision point in OPA's shape. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { after, before, describe, type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { type RunningPage, startPage } from './example.ts';

const asked: string[] = [];
const reached: string[] = [];

const orders: RequestListener = (request, response) => {
  reached.push(`${request.method} ${request.url}`);
  request.resume();
  request.once('end', () => response.end('an order\n'));
};

/** Speaks the data API: `shop/hours` is true for whoever has a tenant. */
const decisions: RequestListener = (request, response) => {
  let text = '';
  request.on('data', (chunk) => {
    text += String(chunk);
  });
  request.once('end', () => {
    asked.push(text);
    const { input } = JSON.parse(text);
    const known = request.method === 'POST' && request.url === '/v1/data/shop/hours';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(known ? { result: input.identity.tenant !== undefined } : {}));
  });
};

async function listen(t: Pick<TestContext, 'after'>, port: number, listener: RequestListener): Promise<void> {
  const server = createServer(listener);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
}

describe('AUTHORIZATION.md', () => {
  let page: RunningPage;
  const ends: (() => unknown)[] = [];
  before(async () => {
    const t = { after: (end: () => unknown) => void ends.push(end) };
    const [ordersPort = 0, decisionsPort = 0] = await freePorts(2);
    await listen(t, ordersPort, orders);
    await listen(t, decisionsPort, decisions);
    page = await startPage(t, {
      page: 'AUTHORIZATION.md',
      config: 'authorization.yaml',
      moved: { '127.0.0.1:4101': `127.0.0.1:${ordersPort}`, '127.0.0.1:4102': `127.0.0.1:${decisionsPort}` },
    });
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  test('scopes', () => page.run('scopes'));
  test('policies', async () => {
    reached.length = 0;
    await page.run('policies');
    assert.deepEqual(reached, ['GET /orders'], 'what a policy denies reaches no backend');
  });
  test('decisions', async () => {
    await page.run('decisions');
    assert.equal(asked.length, 1);
    assert.doesNotMatch(asked[0] ?? '', /demo-key/);
  });
  test('match', () => page.run('match'));
});
