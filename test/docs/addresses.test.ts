/** The examples of gateway/docs/ADDRESSES.md. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

async function echo(t: TestContext): Promise<string> {
  const [port = 0] = await freePorts(1);
  const server = createServer(({ headers }, response) => {
    response.end(
      `${JSON.stringify({ for: headers['x-forwarded-for'], proto: headers['x-forwarded-proto'] })}\n`,
    );
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
    page: 'ADDRESSES.md',
    config: 'addresses.yaml',
    moved: { '127.0.0.1:4101': await echo(t) },
  });
  await page.run('try');
});
