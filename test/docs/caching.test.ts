/** The examples of gateway/docs/CACHING.md, against a backend that counts its answers. */
import { createServer } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

/** Listens where `port` says; its products have a validator and a tag, its orders are for who asks. */
async function shop(t: Pick<TestContext, 'after'>): Promise<number> {
  const [port = 0] = await freePorts(1);
  let answers = 0;
  const server = createServer(({ url = '', headers }, response) => {
    response.setHeader('cache-control', 'max-age=60');
    if (url.startsWith('/my/')) return response.end(`orders of ${headers['x-consumer-id'] ?? 'nobody'}\n`);
    response.setHeader('etag', '"v1"').setHeader('cache-tag', 'products');
    if (headers['if-none-match'] === '"v1"') return response.writeHead(304).end();
    answers += 1;
    return response.end(`answer ${answers}\n`);
  });
  server.listen(port, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return port;
}

describe('CACHING.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const moved = { '127.0.0.1:4101': `127.0.0.1:${await shop(t)}` };
    const page = await startPage(t, { page: 'CACHING.md', config: 'caching.yaml', moved });
    for (const title of ['hits', 'identities', 'purge']) await t.test(title, () => page.run(title));
  });
});
