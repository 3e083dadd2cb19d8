/** The example of gateway/docs/FLOWS.md, against the demo's own services. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { ROOT } from '../stack/config.ts';
import { startPage } from './example.ts';

describe('FLOWS.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const moved: Record<string, string> = {};
    for (const [name, port] of [
      ['payments', 4104],
      ['notifications', 4105],
    ] as const) {
      const service = await startService(name, { port: 0 });
      t.after(() => service.close());
      moved[`127.0.0.1:${port}`] = `127.0.0.1:${service.port}`;
    }
    // What an earlier run wrote down would be answered again.
    rmSync(join(ROOT, 'node_modules/.cache/frontdesk/docs/FLOWS.md'), { recursive: true, force: true });
    const page = await startPage(t, { page: 'FLOWS.md', config: 'rides.yaml', moved });
    await page.run('ride');
  });
});
