/** The examples of gateway/docs/HTTP.md, before a backend that answers with the request line it got; and its table. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ACCEPTED } from '../differential/accepted.ts';
import { ROOT } from '../stack/config.ts';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

describe('HTTP.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const [port = 0] = await freePorts(1);
    const server = createServer(({ method, url }, response) => void response.end(`${method} ${url}\n`));
    server.listen(port, '127.0.0.1');
    t.after(() => server.close());
    const moved = { '127.0.0.1:4101': `127.0.0.1:${port}` };
    const page = await startPage(t, { page: 'HTTP.md', config: 'http.yaml', moved });
    for (const title of ['paths', 'framing', 'fields']) await t.test(title, () => page.run(title));
  });

  test('it tells of every difference from nginx and HAProxy that is accepted, and of no other', () => {
    const page = readFileSync(join(ROOT, 'gateway/docs/HTTP.md'), 'utf8');
    const told = [...page.matchAll(/^\| (nginx|HAProxy|both) \| (.+) \| (.+) \|$/gm)].map(
      ([, ...cells]) => cells,
    );
    assert.deepEqual(
      told,
      ACCEPTED.map(({ peer, what, why }) => [peer, what, why]),
    );
  });
});
