/** The examples of gateway/docs/METRICS.md, and the bound that it promises. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { processMetrics } from '../metrics/catalogue.ts';
import { startPage } from './example.ts';

const REQUESTS = 500;
const AT_ONCE = 10;
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'LINK', 'PURGE', 'MKCOL', 'REPORT'];
/** What so many different requests may add: statuses, methods and one route for what is none. */
const MOST_NEW_SERIES = 200;

test('METRICS.md does what it says, and its series are bounded', { timeout: 100_000 }, async (t) => {
  const users = await startService('users', { port: 0 });
  t.after(() => users.close());
  const moved = { '127.0.0.1:4101': `127.0.0.1:${users.port}` };
  const page = await startPage(t, { page: 'METRICS.md', config: 'metrics.yaml', moved });
  await page.run('try');
  const metrics = async (): Promise<string> => (await fetch(`${page.gateway.adminUrl}/metrics`)).text();
  const before = await metrics();
  for (const name of processMetrics()) assert.ok(before.includes(`\n# TYPE ${name} `), name);
  let sent = 0;
  const send = async (): Promise<void> => {
    while (sent < REQUESTS) {
      const i = sent;
      sent += 1;
      const path = i % 2 === 0 ? `/r${i}/x?q=${i}` : `/users/none${i}`;
      const headers = { 'x-api-key': `k${i}`, 'user-agent': `agent ${i}`, 'x-request-id': `id-${i}` };
      const reply = await fetch(page.gateway.url + path, {
        method: METHODS[i % METHODS.length] ?? '',
        headers,
      });
      await reply.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
  const after = await metrics();
  const series = (text: string): number =>
    text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  assert.ok(
    series(after) - series(before) <= MOST_NEW_SERIES,
    `${series(before)} series became ${series(after)}`,
  );
  assert.doesNotMatch(after, /r\d+\/x|none\d|agent|PROPFIND|id-\d/);
  // Probes of readiness are counted beside them.
  const counted = [...after.matchAll(/^frontdesk_requests_total\{route="(?!\/readyz).*\} (\d+)$/gm)];
  assert.equal(
    counted.reduce((sum, [, count]) => sum + Number(count), 0),
    REQUESTS + 1,
  );
});
