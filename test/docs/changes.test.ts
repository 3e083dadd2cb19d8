/** The examples of gateway/docs/CHANGES.md. */
import { test } from 'node:test';
import { startPage } from './example.ts';

test('the page', async (t) => {
  const page = await startPage(t, { page: 'CHANGES.md', config: 'changes.yaml' });
  await page.run('try');
});
