import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { HandedConnections } from './hand-off.ts';
import { toWorker } from './link.ts';

class HandEnd extends EventEmitter {
  readonly sent: object[] = [];
  readonly connected = true;

  send(message: object): boolean {
    this.sent.push(message);
    this.emit('sent');
    return true;
  }
}

test('what is taken is told before anything else happens, and what ends with it or by the turn', async (t) => {
  const end = new HandEnd();
  const source = new HandedConnections(end, { host: 'h', port: 1 });
  const taken: Socket[] = [];
  assert.deepEqual(await source.open((socket) => taken.push(socket)), { host: 'h', port: 1 });
  const server = createServer();
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < 2; i += 1) {
    const client = connect(port, '127.0.0.1');
    t.after(() => client.destroy());
    const [socket] = await once(server, 'connection');
    end.emit('message', toWorker({ kind: 'connection', id: i + 1 }), socket);
    assert.match(JSON.stringify(end.sent.at(-1)), new RegExp(`"taken":${i + 1},`));
  }
  // Its client was gone before it came.
  end.emit('message', toWorker({ kind: 'connection', id: 3 }), undefined);
  end.emit('message', toWorker({ kind: 'announce' }), undefined);
  const told = (): [number, number] => {
    const counts = end.sent.map((message) => ({ taken: undefined, closed: 0, ...message }));
    return [
      counts.filter(({ taken }) => taken !== undefined).length,
      counts.reduce((sum, { closed }) => sum + closed, 0),
    ];
  };
  assert.deepEqual(told(), [3, 1]);
  for (const socket of taken) socket.destroy();
  while (told()[1] < 3) await once(end, 'sent');
  assert.equal(taken.length, 2);
});
