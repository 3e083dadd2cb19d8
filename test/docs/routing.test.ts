/** The examples of gateway/docs/ROUTING.md, against two backends that answer with their name and what they were asked. */
import { createServer } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

/** Where each backend of the page really listens. */
async function backends(t: Pick<TestContext, 'after'>): Promise<Record<string, string>> {
  const names: Readonly<Record<string, string>> = { '4101': 'orders', '4102': 'orders-next' };
  const free = await freePorts(Object.keys(names).length);
  const moved: Record<string, string> = {};
  for (const [i, [port, name]] of Object.entries(names).entries()) {
    const server = createServer(({ url = '' }, response) => void response.end(`${name} ${url}\n`));
    server.listen(free[i] ?? 0, '127.0.0.1');
    t.after(() => server.close());
    moved[`127.0.0.1:${port}`] = `127.0.0.1:${free[i]}`;
  }
  return moved;
}

describe('ROUTING.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const page = await startPage(t, { page: 'ROUTING.md', config: 'routing.yaml', moved: await backends(t) });
    for (const title of ['order', 'match', 'rewrite', 'redirect', 'tenant']) {
      await t.test(title, () => page.run(title));
    }
  });
});
