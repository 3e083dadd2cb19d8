/** The examples of gateway/docs/API-KEYS.md, with a real Redis. */
import { describe, test } from 'node:test';
import { credentialsStage, skipWithoutServer } from './credentials.fixture.ts';
import { startPage } from './example.ts';

describe('API-KEYS.md', { skip: skipWithoutServer, timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const moved = await credentialsStage(t);
    const page = await startPage(t, { page: 'API-KEYS.md', config: 'api-keys.yaml', moved });
    for (const title of ['keys', 'rotate', 'flood']) await t.test(title, () => page.run(title));
  });
});
