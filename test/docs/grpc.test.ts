/** The examples of gateway/docs/GRPC.md, against the dispatch service. */
import { describe, test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { startPage } from './example.ts';

describe('GRPC.md', { timeout: 60_000 }, () => {
  test('its examples do what it says', async (t) => {
    const dispatch = await startService('dispatch', { port: 0 });
    t.after(() => dispatch.close());
    const moved = { '127.0.0.1:4106': `127.0.0.1:${dispatch.port}` };
    const page = await startPage(t, { page: 'GRPC.md', config: 'grpc.yaml', moved });
    for (const title of ['unary', 'refused', 'failing', 'streams', 'upload']) {
      await t.test(title, () => page.run(title));
    }
  });
});
