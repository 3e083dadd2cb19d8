/** The examples of gateway/docs/BASIC.md. */
import { createServer } from 'node:http';
import { test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

test('the examples of BASIC.md do what it says', { timeout: 300_000 }, async (t) => {
  const [port = 0] = await freePorts(1);
  const server = createServer(({ headers }, response) => {
    response.end(`users for ${headers.authorization ?? headers['x-consumer-id']}\n`);
  });
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const moved = { '127.0.0.1:4101': `127.0.0.1:${port}` };
  const page = await startPage(t, { page: 'BASIC.md', config: 'basic.yaml', moved });
  for (const title of ['basic', 'password']) await t.test(title, () => page.run(title));
});
