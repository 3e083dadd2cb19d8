import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { answerOk, serve } from './raw-client.fixture.ts';
import { clearStaleSocket } from './stale-socket.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-socket-'));
after(() => rmSync(folder, { recursive: true }));

/** What a killed process leaves. */
function leaveStale(path: string): void {
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', code]);
  assert.ok(existsSync(path));
}

test('a socket that nobody answers is taken away; one that lives, a file and nothing at all are left', async () => {
  const stale = join(folder, 'stale.sock');
  leaveStale(stale);
  await clearStaleSocket(stale);
  assert.ok(!existsSync(stale));

  const alive = join(folder, 'alive.sock');
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(alive, resolve));
  await clearStaleSocket(alive);
  assert.ok(existsSync(alive));
  await new Promise((resolve) => server.close(resolve));

  await clearStaleSocket(join(folder, 'nothing.sock'));
});

test('a listener serves at a socket, also where one was left behind, and its callers are of this machine', async (t) => {
  const path = join(folder, 'served.sock');
  leaveStale(path);
  let address = '';
  await serve(t, {
    config: { socket: path },
    handle: (exchange) => {
      address = exchange.client.address;
      return answerOk(exchange);
    },
  });
  const status = await new Promise((resolve, reject) => {
    const asked = request({ socketPath: path, path: '/', agent: false }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    });
    asked.once('error', reject).end();
  });
  assert.deepEqual([status, address], [200, '127.0.0.1']);
});

test('a place where none can be says so', async (t) => {
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(serve(t, { config: { socket: join(folder, 'file', 'a.sock') } }), {
    name: 'ListenError',
    message: /cannot listen on .*a\.sock \(\w+\): choose another with listen\.socket/,
  });
});
