/** A gateway in a process of its own that is killed: its quotas are there when it is back, and one alone has their file. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { serve } from './gateway.ts';

/** What was drawn is on disk within a second. */
const ON_DISK_MS = 1100;
const folder = mkdtempSync(join(tmpdir(), 'frontdesk-kept-'));
after(() => rmSync(folder, { recursive: true }));

const config = {
  state: { file: join(folder, 'quotas.journal') },
  limits: { policies: { monthly: { by: ['address'], quota: { limit: 5, window: 'month' } } } },
  routes: [{ match: { path: '/' }, to: { fixed: { body: 'in' } }, auth: 'none', limitedBy: ['monthly'] }],
};

test('killed and started again, a gateway goes on with its quotas', { timeout: 300_000 }, async () => {
  const first = await serve(folder, config);
  try {
    for (let i = 0; i < 3; i += 1) assert.equal((await fetch(first.url)).status, 200);
    await assert.rejects(serve(folder, config), /is held by another gateway, process \d+: give each/);
    await wait(ON_DISK_MS);
  } finally {
    process.kill(first.pid, 'SIGKILL');
  }
  await first.stop();
  const second = await serve(folder, config);
  try {
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await fetch(second.url)).status);
    assert.deepEqual(statuses, [200, 200, 429]);
  } finally {
    await second.stop();
  }
});
