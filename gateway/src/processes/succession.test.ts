import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { predecessorOf, SUCCESSOR_VARIABLE, startSuccessor } from './succession.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-succession-'));
after(() => rmSync(folder, { recursive: true }));
const here = join(import.meta.dirname, 'succession.ts');

function program(name: string, code: string): string[] {
  const module = join(folder, `${name}.mjs`);
  writeFileSync(module, code);
  return [module];
}

function get(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = http.get({ port, host: '127.0.0.1', agent: false }, (reply) => {
      reply.on('data', (chunk) => resolve(String(chunk)));
    });
    outgoing.on('error', reject);
  });
}

test('a successor goes on with the socket, and lives on by itself', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const args = program(
    'good',
    `import http from 'node:http';
     import { predecessorOf } from ${JSON.stringify(here)};
     const before = predecessorOf(process.env, process);
     if (await before.socketOf('admin')) process.exit(3);
     if ((await before.handed())?.version !== 7) process.exit(5);
     const server = http.createServer((request, reply) => { reply.end(String(process.pid)); server.close(); });
     server.listen(await before.socketOf('public'), () => before.succeed());`,
  );
  const pid = await startSuccessor({
    execArgv: [],
    args,
    env: process.env,
    listening: (listener) => (listener === 'public' ? server : undefined),
    handed: () => ({ version: 7 }),
    startWithinMs: 30_000,
    clock: systemClock,
  });
  server.close();
  assert.equal(await get(port), String(pid));
});

test('one that ends, or is not ready in time, is none', async () => {
  const options = { execArgv: [], env: process.env, listening: () => undefined, clock: systemClock };
  const ending = startSuccessor({
    ...options,
    args: program('ends', 'process.exit(4);'),
    startWithinMs: 30_000,
  });
  await assert.rejects(ending, /exit code 4/);
  const idle = program('idle', 'setInterval(() => {}, 1000);');
  await assert.rejects(
    startSuccessor({ ...options, args: idle, startWithinMs: 50 }),
    /not ready after 50 ms/,
  );
});

test('whoever was not started as one has nobody before it', () => {
  const end = { send: () => true, on: () => {}, once: () => {} };
  assert.equal(predecessorOf({}, end), undefined);
  const environment = { [SUCCESSOR_VARIABLE]: '1' };
  assert.ok(predecessorOf(environment, end));
  assert.deepEqual(environment, {});
});
