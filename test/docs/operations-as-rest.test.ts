/** The examples of gateway/docs/OPERATIONS-AS-REST.md, against the mock subgraph of products. */
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { ROOT } from '../stack/config.ts';
import { startPage } from './example.ts';

describe('OPERATIONS-AS-REST.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const products = await startService('products', { port: 0 });
    t.after(() => products.close());
    const moved = {
      '127.0.0.1:4112': `127.0.0.1:${products.port}`,
      './supergraph.graphql': join(ROOT, 'schema/supergraph.graphql'),
    };
    const page = await startPage(t, { page: 'OPERATIONS-AS-REST.md', config: 'operations.yaml', moved });
    await page.run('ask');
  });
});
