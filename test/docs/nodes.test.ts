/** The examples of gateway/docs/NODES.md, over a Redis of their own. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

const skip = spawnSync('redis-server', ['--version']).status === 0 ? false : 'redis-server is not installed';

describe('NODES.md', { timeout: 120_000, skip }, () => {
  test('its examples do what it says', async (t) => {
    const [redisPort = 0, shop = 0] = await freePorts(2);
    const flags = ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const redis = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => redis.kill('SIGKILL'));
    while (!String(await once(redis.stdout, 'data')).includes('Ready to accept'));
    const server = createServer((_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60' }).end('products\n');
    });
    server.listen(shop, '127.0.0.1');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    assert.ok(shop > 0);
    const moved = {
      '127.0.0.1:6379': `127.0.0.1:${redisPort}`,
      '127.0.0.1:4101': `127.0.0.1:${shop}`,
      '127.0.0.1:4102': `127.0.0.1:${shop}`,
    };
    const page = await startPage(t, { page: 'NODES.md', config: 'nodes.yaml', moved });
    for (const title of ['purge', 'split']) await t.test(title, () => page.run(title));
  });
});
