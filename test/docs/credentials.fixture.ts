/** What pages about credentials need: a Redis of their own and a backend that says for whom it answers. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { TestContext } from 'node:test';
import { freePorts } from '../stack/ports.ts';

/** Why such pages are left out; `false` where they run. */
export const skipWithoutServer: string | false =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'redis-server is not installed';

/** Where the page's addresses are. */
export async function credentialsStage(t: Pick<TestContext, 'after'>): Promise<Record<string, string>> {
  const [port = 0, redisPort = 0] = await freePorts(2);
  const server = createServer(({ headers }, response) => {
    response.end(`users for ${headers['x-consumer-id'] ?? 'nobody'}\n`);
  });
  server.listen(port, '127.0.0.1');
  const flags = ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const redis = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    const gone = once(redis, 'exit');
    redis.kill('SIGKILL');
    await gone;
  });
  for await (const chunk of redis.stdout) if (String(chunk).includes('Ready to accept')) break;
  return {
    '127.0.0.1:4101': `127.0.0.1:${port}`,
    // What is written down must not be refused because the machine has other things to do.
    'redis://127.0.0.1:6379" }': `redis://127.0.0.1:${redisPort}", commandLimit: 1s }`,
  };
}
