/** What pages about credentials need: a Redis of their own and a backend that says for whom it answers. */
import { createServer } from 'node:http';
import type { TestContext } from 'node:test';
import { startRedis } from '../../gateway/src/state/testing/redis-server.ts';
import { freePorts } from '../stack/ports.ts';

/** Where the page's addresses are. */
export async function credentialsStage(t: Pick<TestContext, 'after'>): Promise<Record<string, string>> {
  const [port = 0] = await freePorts(1);
  const server = createServer(({ headers }, response) => {
    response.end(`users for ${headers['x-consumer-id'] ?? 'nobody'}\n`);
  });
  server.listen(port, '127.0.0.1');
  const redis = await startRedis();
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await redis.stop();
  });
  return { '127.0.0.1:4101': `127.0.0.1:${port}`, '127.0.0.1:6379': `127.0.0.1:${redis.port}` };
}
