/** The examples of gateway/docs/AGGREGATION.md, against the demo's own services; one of them is not there. */
import { describe, type TestContext, test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

async function backends(t: Pick<TestContext, 'after'>): Promise<Record<string, string>> {
  const moved: Record<string, string> = {};
  const services = { users: 4101, recommendations: 4102, notifications: 4105 } as const;
  for (const name of ['users', 'recommendations', 'notifications'] as const) {
    const service = await startService(name, { port: 0 });
    t.after(() => service.close());
    moved[`127.0.0.1:${services[name]}`] = `127.0.0.1:${service.port}`;
  }
  const [nobody = 0] = await freePorts(1);
  moved['127.0.0.1:4109'] = `127.0.0.1:${nobody}`;
  return moved;
}

describe('AGGREGATION.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const page = await startPage(t, {
      page: 'AGGREGATION.md',
      config: 'aggregation.yaml',
      moved: await backends(t),
    });
    for (const title of ['overview', 'fields', 'welcome', 'check', 'metrics']) {
      await t.test(title, () => page.run(title));
    }
  });
});
