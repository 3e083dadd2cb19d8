/** The examples of gateway/docs/SESSIONS.md, with a real identity provider. */
import { createServer } from 'node:http';
import { test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

test('the examples of SESSIONS.md do what it says', { timeout: 60_000 }, async (t) => {
  const [orders = 0, idp = 0] = await freePorts(2);
  const server = createServer(({ url, headers }, response) => {
    response.end(`${url} for ${headers['x-user-id']}, ${headers['x-user-roles']}\n`);
  });
  await new Promise<void>((resolve) => void server.listen(orders, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const provider = await startService('idp', { port: idp });
  t.after(() => provider.close());
  const page = await startPage(t, {
    page: 'SESSIONS.md',
    config: 'sessions.yaml',
    moved: {
      '127.0.0.1:4101': `127.0.0.1:${orders}`,
      '127.0.0.1:4100': `127.0.0.1:${idp}`,
      '127.0.0.1%3A4000': '127.0.0.1%3A…',
    },
  });
  for (const title of ['login', 'changes', 'logout']) await t.test(title, () => page.run(title));
});
