import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { type Primary, startPrimary } from './primary-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-primary-'));
after(() => rmSync(folder, { recursive: true }));

/** A worker that answers each request with its process id, and `/hold` when it is told to go. */
const module = join(folder, 'worker.mjs');
writeFileSync(
  module,
  `import http from 'node:http';
   const held = [];
   let adminSocket;
   const server = http.createServer((request, reply) => {
     if (request.url === '/hold') held.push(reply);
     else reply.end(String(process.pid) + ' ' + adminSocket);
   });
   process.on('message', (message, socket) => {
     if (message.beat) process.send(message);
     if (message.kind === 'begin') {
       adminSocket = message.order.adminSocket;
       if (process.argv[2] === 'broken') process.exit(3);
       process.send({ frontdesk: 'process', ready: true, facts: {} });
     }
     if (message.kind === 'connection') {
       process.send({ frontdesk: 'workers', kind: 'connections', taken: message.id, closed: 0 });
       if (socket) server.emit('connection', socket);
     }
     if (message.kind === 'drain') {
       for (const reply of held) reply.end('held');
       setImmediate(() => process.disconnect());
     }
   });
   process.on('disconnect', () => server.closeIdleConnections());`,
);

function start(args: readonly string[] = []): Promise<Primary> {
  return startPrimary({
    config: configSchema.parse({
      listen: { host: '127.0.0.1', port: 0, drain: { grace: '20s' } },
      admin: { host: '127.0.0.1', port: 0 },
      workers: { count: 2, backoff: '1ms', heartbeat: '100ms' },
      telemetry: { level: 'error' },
    }),
    served: { version: { number: 1, digest: 'd', source: 'start', at: 0 }, bundle: undefined },
    configuration: {
      view: () => ({ seen: true }),
      effective: () => ({}),
      digest: 'd',
      version: 1,
      closedBecause: undefined,
      put: () => Promise.reject(new Error('not asked for')),
    },
    adminToken: () => undefined,
    count: 2,
    program: { module, args, execArgv: [], env: process.env },
  });
}

function get(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = http.get({ host: '127.0.0.1', port, path, agent: false }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      reply.on('end', () => resolve(text)).on('error', reject);
    });
    outgoing.on('error', reject);
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const ready = ({ pool }: Primary): boolean =>
  pool.slots.every(({ supervisor }) => supervisor.state === 'ready');

test('it accepts, workers answer, one that dies is replaced, and it leaves when they have finished', async () => {
  const primary = await start();
  await until(() => ready(primary));
  const { public: open, admin } = primary.addresses;
  assert.ok(admin && primary.listening.public && primary.listening.admin);
  // A connection each: the one with the fewest has the next.
  const held = get(open.port, '/hold');
  const [pid, socket = ''] = (await get(open.port, '/')).split(' ');
  assert.ok(primary.pool.slots.some(({ current }) => String(current?.pid) === pid));
  assert.ok(existsSync(dirname(socket)));
  const shown = JSON.parse(await get(admin.port, '/admin/workers'));
  assert.equal(shown.workers.length, 2);
  assert.equal(JSON.parse(await get(admin.port, '/admin/config')).seen, true);
  process.kill(Number(pid), 'SIGKILL');
  await until(
    () =>
      primary.pool.slots.some(({ current }) => current && String(current.pid) !== pid) &&
      ready(primary) &&
      !primary.pool.slots.some(({ current }) => String(current?.pid) === pid),
  );
  assert.match(await get(open.port, '/'), /^\d+ /);
  await primary.drain(0);
  assert.equal(await held, 'held');
  assert.equal(existsSync(dirname(socket)), false);
  await assert.rejects(get(open.port, '/'), /ECONNREFUSED/);
});

test('where no worker starts there is no gateway, and nothing is left of it', async () => {
  await assert.rejects(start(['broken']), /no worker could be started: .*exit code 3/);
});
