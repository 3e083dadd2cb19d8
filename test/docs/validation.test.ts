/** The examples of gateway/docs/VALIDATION.md. */
import { test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { startPage } from './example.ts';

test('the page', async (t) => {
  const payments = await startService('payments', { port: 0 });
  t.after(() => payments.close());
  const page = await startPage(t, {
    page: 'VALIDATION.md',
    config: 'validation.yaml',
    moved: { '127.0.0.1:4104': payments.url.replace('http://', '') },
  });
  await page.run('try');
  await page.run('check');
});
