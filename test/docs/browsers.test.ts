/** The examples of gateway/docs/BROWSERS.md. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

const ALL_ORDERS = '{"id":1}\n'.repeat(500);

async function orders(t: TestContext): Promise<string> {
  const [port = 0] = await freePorts(1);
  const server = createServer((request, response) => {
    if (request.method === 'PUT') {
      response.write('got ');
      request.pipe(response);
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.setHeader('etag', '"1"');
    response.setHeader('server', 'inside/1.0');
    response.setHeader('x-debug-host', 'db-1');
    response.end(ALL_ORDERS);
  });
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
    page: 'BROWSERS.md',
    config: 'browsers.yaml',
    moved: { '127.0.0.1:4101': await orders(t) },
  });
  for (const title of ['cors', 'headers', 'compress']) await t.test(title, () => page.run(title));
});
