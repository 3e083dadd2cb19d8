/** The examples of gateway/docs/LIMITS.md, each route with a limit by another algorithm. */
import { describe, test } from 'node:test';
import { startPage } from './example.ts';

describe('LIMITS.md', { timeout: 60_000 }, () => {
  test('its examples do what it says', async (t) => {
    const page = await startPage(t, { page: 'LIMITS.md', config: 'limits.yaml' });
    for (const title of ['bucket', 'windows', 'quota', 'shaped']) await t.test(title, () => page.run(title));
  });
});
