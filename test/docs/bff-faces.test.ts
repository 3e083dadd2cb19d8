/** The examples of gateway/docs/BFF-FACES.md, against the mock service of users. */
import { describe, test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { startPage } from './example.ts';

describe('BFF-FACES.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const users = await startService('users', { port: 0 });
    t.after(() => users.close());
    const moved = { '127.0.0.1:4101': `127.0.0.1:${users.port}` };
    const page = await startPage(t, { page: 'BFF-FACES.md', config: 'faces.yaml', moved });
    for (const title of ['rest', 'graphql', 'openapi']) await t.test(title, () => page.run(title));
  });
});
