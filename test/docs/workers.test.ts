/** gateway/docs/WORKERS.md is true. */
import { test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

test('two workers, and what operators see of them', async (t) => {
  const [port = 0] = await freePorts(1);
  const users = await startService('users', { port });
  t.after(() => users.close());
  const page = await startPage(t, {
    page: 'WORKERS.md',
    config: 'workers.yaml',
    apart: true,
    moved: { '127.0.0.1:4101': `127.0.0.1:${port}` },
  });
  await page.run('try');
});
