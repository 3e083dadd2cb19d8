/** The examples of gateway/docs/REVOCATION.md, with a real Redis. */
import { describe, test } from 'node:test';
import { credentialsStage, skipWithoutServer } from './credentials.fixture.ts';
import { startPage } from './example.ts';

describe('REVOCATION.md', { skip: skipWithoutServer, timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const moved = await credentialsStage(t);
    const page = await startPage(t, { page: 'REVOCATION.md', config: 'revocation.yaml', moved });
    await t.test('revoke', () => page.run('revoke'));
  });
});
