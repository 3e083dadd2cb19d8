/** The examples of gateway/docs/TLS.md. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from './certificates.ts';
import { startPage } from './example.ts';

test('the examples of TLS.md do what it says', { timeout: 300_000 }, async (t) => {
  const folder = makeCertificates('TLS.md', 'tls.yaml', {
    gateway: 'DNS:localhost,IP:127.0.0.1',
    partner: 'DNS:partner.example',
  });
  writeFileSync(join(folder, '../ticket.secret'), randomBytes(32).toString('base64'));
  const page = await startPage(t, { page: 'TLS.md', config: 'tls.yaml', secure: true });
  for (const title of ['hello', 'versions', 'misdirected', 'resumed']) {
    await t.test(title, () => page.run(title));
  }
});
