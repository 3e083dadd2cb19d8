/** The examples of gateway/docs/LOGS.md. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { ROOT } from '../stack/config.ts';
import { startPage } from './example.ts';

test('LOGS.md does what it says, and no secret of a request is in the line', {
  timeout: 300_000,
}, async (t) => {
  const users = await startService('users', { port: 0 });
  t.after(() => users.close());
  const file = join(ROOT, 'node_modules/.cache/frontdesk/docs/LOGS.md/logs.yaml/access.log');
  rmSync(file, { force: true });
  const moved = { '127.0.0.1:4101': `127.0.0.1:${users.port}` };
  const page = await startPage(t, { page: 'LOGS.md', config: 'logs.yaml', moved });
  await page.run('level');
  const headers = {
    authorization: 'Bearer CANARY',
    cookie: 'sid=CANARY',
    'user-agent': 'agent',
    referer: 'https://h/?token=CANARY',
  };
  const target = '/users/42?access_token=CANARY&customer=CANARY';
  await (await fetch(`${page.gateway.url}${target}`, { headers })).arrayBuffer();
  await page.gateway.stop();
  const text = readFileSync(file, 'utf8');
  assert.ok(!text.includes('CANARY'), text);
  assert.match(
    text,
    /"requestHeaders":\{"user-agent":"agent","referer":"https:\/\/h\/\?token=\[redacted\]"\}/,
  );
});
