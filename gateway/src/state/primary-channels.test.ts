import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { PrimaryChannels } from './primary-channels.ts';
import { PrimaryStore } from './primary-store.ts';

test('a primary that is gone is a gap, and its end is never told', async () => {
  const end = Object.assign(new EventEmitter(), { connected: true, send: () => true });
  const store = new PrimaryStore({ clock: new ManualClock(), end });
  const channels = new PrimaryChannels({ store, logger: noLogger });
  const told: string[] = [];
  channels.subscribe('c', {
    message: (text) => void told.push(text),
    resumed: () => void told.push('resumed'),
    interrupted: () => void told.push('interrupted'),
  });
  await Promise.resolve();
  end.connected = false;
  end.emit('disconnect');
  assert.deepEqual(told, ['resumed', 'interrupted']);
  await assert.rejects(channels.publish('c', 'x'));
  await channels.close();
  assert.equal(typeof channels.subscribe('c', { message() {}, resumed() {} }), 'function');
});
