/** The examples of gateway/docs/LIMITS.md: a route for each algorithm, and several policies at once. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { startPage } from './example.ts';

describe('LIMITS.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const page = await startPage(t, { page: 'LIMITS.md', config: 'limits.yaml' });
    for (const title of ['bucket', 'windows', 'quota', 'shaped']) await t.test(title, () => page.run(title));
  });

  test('so do those with policies', async (t) => {
    // What an earlier run of today drew is still drawn.
    rmSync(join(ROOT, 'node_modules/.cache/frontdesk/docs/LIMITS.md/policies.yaml/quotas.journal'), {
      force: true,
    });
    const page = await startPage(t, { page: 'LIMITS.md', config: 'policies.yaml' });
    for (const title of ['policies', 'quotas']) await t.test(title, () => page.run(title));
  });
});
