/** The examples of gateway/docs/TOKENS.md, with two real identity providers. */
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

/** Says who asks. */
async function backend(t: TestContext, port: number): Promise<void> {
  const server = createServer(({ url, headers }, response) => {
    const consumer = headers['x-consumer-id'];
    response.end(`${url} for ${headers['x-user-id']}${consumer === undefined ? '' : ` of ${consumer}`}\n`);
  });
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
}

test('the examples of TOKENS.md do what it says', { timeout: 300_000 }, async (t) => {
  const [orders = 0, staff = 0, partners = 0] = await freePorts(3);
  await backend(t, orders);
  for (const port of [staff, partners]) {
    const provider = await startService('idp', { port });
    t.after(() => provider.close());
  }
  const page = await startPage(t, {
    page: 'TOKENS.md',
    config: 'tokens.yaml',
    moved: {
      '127.0.0.1:4101': `127.0.0.1:${orders}`,
      '127.0.0.1:4100': `127.0.0.1:${staff}`,
      '127.0.0.1:4200': `127.0.0.1:${partners}`,
    },
  });
  for (const title of ['jwt', 'opaque', 'revoked']) await t.test(title, () => page.run(title));
});
