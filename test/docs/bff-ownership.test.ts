/** The examples of gateway/docs/BFF-OWNERSHIP.md. */
import { join } from 'node:path';
import { test } from 'node:test';
import { startGateway } from '../stack/gateway-process.ts';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

test('the page', async (t) => {
  const [port = 0, adminPort = 0, unused = 0] = await freePorts(3);
  const page = await startPage(t, {
    page: 'BFF-OWNERSHIP.md',
    config: 'ownership.yaml',
    moved: {
      '127.0.0.1:4020': `127.0.0.1:${port}`,
      'port: 4020': `port: ${port}`,
      'port: 4021': `port: ${unused}`,
    },
  });
  const shop = await startGateway({ configPath: join(page.folder, 'shop.yaml'), port, adminPort });
  t.after(() => shop.stop());
  for (const title of ['try', 'believe', 'objective', 'reload', 'loop']) await page.run(title);
});
