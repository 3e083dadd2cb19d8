import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSubscriber } from './redis-subscriber.ts';

test('nothing is connected to before it is asked for, nor subscribed to again by itself', () => {
  const client = openSubscriber('redis://127.0.0.1:1');
  assert.equal(client.status, 'wait');
  assert.equal(client.options.autoResubscribe, false);
  assert.equal(client.options.enableOfflineQueue, false);
  client.disconnect();
});
