/** The examples of gateway/docs/BALANCING.md, against backends of which some are ill and one dies. */
import { createServer, type Server } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { type RunningPage, startPage } from './example.ts';

interface Backends {
  readonly moved: Record<string, string>;
  stop(port: string): void;
}

/** Each answers with the port that the page gives it. */
async function backends(t: Pick<TestContext, 'after'>): Promise<Backends> {
  const moved: Record<string, string> = {};
  const servers = new Map<string, Server>();
  const ports = ['4101', '4102', '4103', '4104', '4105'];
  const free = await freePorts(ports.length);
  for (const [i, port] of ports.entries()) {
    const server = createServer(({ url = '' }, response) => {
      const isIll = url === '/orders' ? port === '4103' : url.startsWith('/reports/yearly/');
      response.writeHead(isIll ? 500 : 200).end(`${port}\n`);
    });
    server.listen(free[i] ?? 0, '127.0.0.1');
    servers.set(port, server);
    moved[`127.0.0.1:${port}`] = `127.0.0.1:${free[i]}`;
  }
  const stop = (port: string): void => {
    const server = servers.get(port);
    server?.closeAllConnections();
    server?.close();
  };
  t.after(() => {
    for (const port of ports) stop(port);
  });
  return { moved, stop };
}

describe('BALANCING.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const { moved, stop } = await backends(t);
    const page: RunningPage = await startPage(t, { page: 'BALANCING.md', config: 'balancing.yaml', moved });
    for (const title of ['sticky', 'local', 'ejection', 'breaker'])
      await t.test(title, () => page.run(title));
    stop('4101');
    const admin = `${page.gateway.adminUrl}/admin/upstreams`;
    const isFound = async (): Promise<boolean> => {
      const shown: unknown = await (await fetch(admin)).json();
      return JSON.stringify(shown).includes('"health":"unhealthy"');
    };
    // The suite's own time limit ends it where that never comes.
    while (!(await isFound()));
    await t.test('failover', () => page.run('failover'));
  });
});
