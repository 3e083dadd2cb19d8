/** The examples of gateway/docs/SCREENS.md; one backend is not there. */
import { test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

test('the page', { timeout: 300_000 }, async (t) => {
  const users = await startService('users', { port: 0 });
  t.after(() => users.close());
  const [nobody = 0] = await freePorts(1);
  const page = await startPage(t, {
    page: 'SCREENS.md',
    config: 'screens.yaml',
    moved: {
      '127.0.0.1:4101': `127.0.0.1:${users.port}`,
      '127.0.0.1:4109': `127.0.0.1:${nobody}`,
    },
  });
  for (const title of ['try', 'purge']) await page.run(title);
});
