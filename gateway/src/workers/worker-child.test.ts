import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { BEAT } from '../processes/link.ts';
import type { WorkerOrder } from './link.ts';
import { startWorkerChild } from './worker-child.ts';
import { WorkerProcess } from './worker-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-worker-child-'));
after(() => rmSync(folder, { recursive: true }));

/** Takes connections and answers each with its own number; on `full` it has no descriptor left, on `room` it has. */
const module = join(folder, 'worker.mjs');
writeFileSync(
  module,
  `import { execFileSync } from 'node:child_process';
   import { closeSync, openSync } from 'node:fs';
   const held = [];
   const tell = (message) => process.send({ frontdesk: 'workers', ...message });
   process.on('message', (message, socket) => {
     if (message.beat) process.send(message);
     if (message.kind === 'begin') tell({ kind: 'status', status: { number: process.env.FRONTDESK_WORKER, heap: process.execArgv } });
     if (message.kind === 'announce') {
       execFileSync('prlimit', ['--pid', String(process.pid), '--nofile=64:64']);
       try { for (;;) held.push(openSync('/dev/null')); } catch {}
       tell({ kind: 'leave' });
     }
     if (message.kind === 'connection') {
       tell({ kind: 'connections', taken: message.id, closed: 0 });
       socket?.end('taken');
     }
     if (message.kind === 'drain') process.disconnect();
   });`,
);

function start() {
  const child = startWorkerChild({
    program: { module, args: [], execArgv: [], env: process.env },
    number: 7,
    memoryMb: 128,
    adopt: () => {},
  });
  const missed: Socket[] = [];
  const events = { missed: Promise.withResolvers<void>(), full: Promise.withResolvers<void>() };
  const order: WorkerOrder = {
    version: { number: 1, digest: 'd', source: 'start', at: 0 },
    bundle: undefined,
    worker: 7,
    workers: 7,
    place: { host: 'h', port: 1 },
    adminSocket: undefined,
  };
  const gone = Promise.withResolvers<void>();
  const worker = new WorkerProcess(child, order, {
    generation: 1,
    clock: new ManualClock(),
    events: {
      onRoom: () => {},
      onMissed: (sockets) => {
        missed.push(...sockets);
        events.missed.resolve();
      },
      onLost: () => gone.resolve(),
      onLeave: () => events.full.resolve(),
    },
  });
  worker.isOpen = true;
  return { worker, child, missed, events, gone: gone.promise };
}

async function accepted(t: { after(done: () => void): void }) {
  const server = createServer({ pauseOnConnect: true });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return async (): Promise<[client: Socket, socket: Socket]> => {
    const client = connect(port, '127.0.0.1');
    t.after(() => client.destroy());
    const [socket]: Socket[] = await once(server, 'connection');
    assert.ok(socket);
    t.after(() => socket.destroy());
    return [client, socket];
  };
}

test('a process is a worker with its number and its memory, and takes a connection that is given to it', async (t) => {
  const connection = await accepted(t);
  const { worker, gone } = start();
  const [client, socket] = await connection();
  worker.give(socket);
  const [said] = await once(client, 'data');
  assert.equal(String(said), 'taken');
  assert.deepEqual({ ...worker.status }, { number: '7', heap: ['--max-old-space-size=128'] });
  worker.kill('SIGTERM');
  await gone;
});

test('one without a descriptor left for it never has a connection: a beat shows it, and it is still open here', async (t) => {
  const connection = await accepted(t);
  const { worker, missed, events, gone } = start();
  worker.send({ frontdesk: 'workers', kind: 'announce' });
  await events.full.promise;
  const [, socket] = await connection();
  worker.give(socket);
  worker.send(BEAT);
  await events.missed.promise;
  assert.deepEqual([missed.length, missed[0] === socket, socket.destroyed], [1, true, false]);
  assert.equal(worker.connections, 0);
  worker.kill('SIGKILL');
  await gone;
});
