/** The examples of gateway/docs/BFF-CLIENTS.md. What the client does is tested in gateway/src/whole-gateway/bff-clients.test.ts. */
import { describe, test } from 'node:test';
import { startPage } from './example.ts';

describe('BFF-CLIENTS.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const page = await startPage(t, { page: 'BFF-CLIENTS.md', config: 'clients.yaml' });
    await page.run('client');
  });
});
