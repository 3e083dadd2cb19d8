/** The examples of gateway/docs/OVERLOAD.md, and what the page promises of a flood. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

async function backend(t: TestContext): Promise<string> {
  const [port = 0] = await freePorts(1);
  const server = createServer(
    (request, response) => void response.end(`order ${request.url?.split('/')[2]}\n`),
  );
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${port}`;
}

test('the page', async (t) => {
  const page = await startPage(t, {
    page: 'OVERLOAD.md',
    config: 'overload.yaml',
    moved: { '127.0.0.1:4101': await backend(t) },
  });
  await page.run('try');
});

test('a flood is served in part and refused in part; health answers, and all is well afterwards', async (t) => {
  const page = await startPage(t, {
    page: 'OVERLOAD.md',
    config: 'overload.yaml',
    moved: {
      // Its backend is in this process, which a slow machine keeps busy with the flood itself.
      '{ url: "http://127.0.0.1:4101" }': `{ url: "http://${await backend(t)}", breaker: false, timeout: { connect: 60s, attempt: 60s } }`,
      'priority: low': 'priority: low, deadline: 120s',
      // Nobody may wait, so that any machine has too little time for them all.
      'maxWait: 1s, slice: 2ms': 'maxWait: 1ms, slice: 1ms',
    },
  });
  const { url } = page.gateway;
  const ask = async (path: string) => {
    const reply = await fetch(url + path);
    return { status: reply.status, retry: reply.headers.get('retry-after'), text: await reply.text() };
  };
  const flood = Array.from({ length: 1_500 }, () => ask('/export'));
  const health = await Promise.all([ask('/healthz'), ask('/readyz')]);
  const answers = await Promise.all(flood);
  assert.deepEqual(
    health.map(({ status }) => status),
    [200, 200],
  );
  const overloaded = answers.filter(({ text }) => text.includes('urn:frontdesk:problem:overloaded'));
  assert.ok(overloaded.length > 0, 'nobody was refused');
  assert.ok(overloaded.every(({ status, retry }) => status === 503 && retry === '1'));
  // The backend's own queue may have been full for some of those who were let in.
  const others = answers.filter((answer) => !overloaded.includes(answer));
  for (const { status, text } of others) {
    assert.ok(status === 200 || text.includes('urn:frontdesk:problem:bulkhead-full'), text);
  }
  assert.equal((await ask('/orders/2')).text, 'order 2\n');
});
