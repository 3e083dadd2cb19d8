/** The examples of gateway/docs/RESILIENCE.md: one endpoint is slow, another refuses the first attempt of each request. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

const SLOW_MS = 1000;

/** Attempts of one request carry its id. */
function refusesFirst(): RequestListener {
  const attempts = new Map<string, number>();
  return (request, response) => {
    const id = String(request.headers['x-request-id']);
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    request.resume();
    request.once('end', () => {
      if (attempt === 1) response.writeHead(503).end();
      else response.end(`attempt ${attempt}\n`);
    });
  };
}

const BACKENDS: Readonly<Record<string, () => RequestListener>> = {
  '4101': () => (_request, response) => void setTimeout(() => response.end('slow\n'), SLOW_MS),
  '4102': () => (_request, response) => void response.end('quick\n'),
  '4103': refusesFirst,
  '4104': () => (_request, response) => void response.end('served\n'),
};

async function backends(t: TestContext): Promise<Record<string, string>> {
  const names = Object.keys(BACKENDS);
  const free = await freePorts(names.length);
  const moved: Record<string, string> = {};
  for (const [i, name] of names.entries()) {
    const server = createServer(BACKENDS[name]?.());
    server.listen(free[i], '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    moved[`127.0.0.1:${name}`] = `127.0.0.1:${free[i]}`;
  }
  return moved;
}

describe('RESILIENCE.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const moved = await backends(t);
    const page = await startPage(t, { page: 'RESILIENCE.md', config: 'resilience.yaml', moved });
    for (const title of ['hedging', 'retries', 'priorities', 'limit'])
      await t.test(title, () => page.run(title));
  });
});
