import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { PrimaryChannels } from './primary-channels.ts';
import { PrimaryServer } from './primary-server.ts';
import { PrimaryStore } from './primary-store.ts';

/** Both ends of a channel between processes, in one: what is sent goes through JSON. */
class End extends EventEmitter {
  connected = true;
  other: End | undefined;

  send(message: object): boolean {
    const text = JSON.stringify(message);
    setImmediate(() => this.other?.emit('message', JSON.parse(text)));
    return true;
  }
}

function setUp(workers: number) {
  const clock = new ManualClock();
  const server = new PrimaryServer({ clock, logger: noLogger });
  const ends: End[] = [];
  const stores = Array.from({ length: workers }, () => {
    const near = new End();
    const far = new End();
    near.other = far;
    far.other = near;
    server.adopt(far);
    ends.push(near);
    return new PrimaryStore({ clock, end: near });
  });
  const [store, second] = stores;
  const [end] = ends;
  assert.ok(store && second && end);
  return { clock, server, store, second, end };
}

test('what one worker keeps the other finds, for its time; one alone adds', async () => {
  const { clock, store, second } = setUp(2);
  await store.set('a', 'x', 1000);
  assert.equal(await second.get('a'), 'x');
  const added = await Promise.all([store.add('b', '1', 1000), second.add('b', '2', 1000)]);
  assert.deepEqual(added, [true, false]);
  await second.delete('a');
  assert.equal(await store.get('a'), undefined);
  clock.advance(1000);
  assert.equal(await store.get('b'), undefined);
});

test('a message reaches every worker, the one that sent it too', async () => {
  const { store, second } = setUp(2);
  const heard: string[] = [];
  for (const [name, of] of [
    ['first', store],
    ['second', second],
  ] as const) {
    const channels = new PrimaryChannels({ store: of, logger: noLogger });
    channels.subscribe('c', {
      message: (text) => void heard.push(`${name} ${text}`),
      resumed: () => void heard.push(`${name} hears`),
    });
    if (of === second) await channels.publish('c', 'x');
  }
  assert.deepEqual(heard.toSorted(), ['first hears', 'first x', 'second hears', 'second x']);
});

test('a call that fails there fails here; a primary that is gone, or closed to, fails what waits', async () => {
  const { server, store, second, end } = setUp(2);
  server.operation('broken', () => {
    throw new TypeError('no');
  });
  server.operation('never', () => new Promise(() => {}));
  await assert.rejects(store.callPrimary('broken', 1));
  await assert.rejects(store.callPrimary('unknown', 1));
  const waiting = store.callPrimary('never', 1);
  end.connected = false;
  end.emit('disconnect');
  await assert.rejects(waiting);
  await assert.rejects(store.get('a'));
  await second.close();
  await assert.rejects(second.get('a'));
});
