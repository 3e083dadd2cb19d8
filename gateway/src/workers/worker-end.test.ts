import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { BEAT } from '../processes/link.ts';
import { toWorker, type WorkerOrder } from './link.ts';
import { WorkerLink } from './worker-end.ts';

class HandEnd extends EventEmitter {
  readonly sent: Record<string, unknown>[] = [];

  send(message: object): boolean {
    this.sent.push({ ...message });
    return true;
  }
}

const version = { number: 1, digest: 'd', source: 'start', at: 0 } as const;
const order: WorkerOrder = {
  worker: 2,
  workers: 3,
  place: { host: 'h', port: 1 },
  adminSocket: undefined,
  version,
  bundle: undefined,
};

function setUp() {
  const end = new HandEnd();
  const link = new WorkerLink(end);
  const decided: string[] = [];
  link.begin({
    prepare: async ({ version: { number } }) => {
      if (number === 9) throw new Error('two routes are one');
      return {
        commit: async () => void decided.push(`commit ${number}`),
        abandon: async () => void decided.push(`abandon ${number}`),
      };
    },
    status: () => ({ notReady: [], requestsInFlight: 7 }),
  });
  const said = async (kind: string, count = 1): Promise<Record<string, unknown>[]> => {
    const found = () => end.sent.filter((message) => message.kind === kind);
    while (found().length < count) await new Promise(setImmediate);
    return found();
  };
  const hear = (message: Parameters<typeof toWorker>[0]) => end.emit('message', toWorker(message));
  return { end, link, decided, said, hear };
}

test('it is told what to serve, and answers beats with how it does', async (t) => {
  const { end, link, said, hear } = setUp();
  t.after(() => link.close());
  hear({ kind: 'begin', order });
  assert.deepEqual(await link.order, order);
  end.emit('message', BEAT);
  const [, status] = await said('status', 2);
  assert.match(JSON.stringify(status), /"requestsInFlight":7,"loopDelayMs":\d+,"heapMb":\d+,"rssMb":\d+/);
});

test('what is built is taken or dropped as the primary says, and what cannot be built is told', async (t) => {
  const { link, decided, said, hear } = setUp();
  t.after(() => link.close());
  const served = (number: number) => ({ version: { ...version, number }, bundle: undefined });
  hear({ kind: 'prepare', id: 1, served: served(2) });
  await said('prepared');
  hear({ kind: 'decide', id: 1, commit: true });
  await said('decided');
  // Dropped while it is still being built.
  hear({ kind: 'prepare', id: 2, served: served(3) });
  hear({ kind: 'decide', id: 2, commit: false });
  await said('decided', 2);
  assert.deepEqual(decided, ['commit 2', 'abandon 3']);
  hear({ kind: 'prepare', id: 3, served: served(9) });
  const faults = (await said('prepared', 3)).map(({ fault }) => fault);
  assert.deepEqual(faults, [undefined, undefined, 'two routes are one']);
});

test('it goes when the primary says so, or is gone', async (t) => {
  for (const end of ['word', 'gone'] as const) {
    const { link, hear, end: channel } = setUp();
    t.after(() => link.close());
    hear({ kind: 'announce' });
    assert.equal(link.isLeaving, true);
    if (end === 'word') hear({ kind: 'drain' });
    else channel.emit('disconnect');
    assert.match(await link.leave, end === 'word' ? /said so/ : /gone/);
  }
});
