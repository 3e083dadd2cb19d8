import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subscriptionsConfig } from './stream-config.ts';

test('the limits of one socket hold without a word', () => {
  assert.deepEqual(subscriptionsConfig.parse(undefined).webSocket, {
    enabled: true,
    initTimeout: 3_000,
    operations: 20,
    messagesPerSecond: 100,
    messageSize: 65_536,
    fragments: 64,
    sendBuffer: 1_048_576,
    sendTimeout: 10_000,
    ping: 20_000,
  });
});

test('a buffer that a socket cannot tell apart from an empty one is refused', () => {
  assert.equal(subscriptionsConfig.safeParse({ webSocket: { sendBuffer: '32KiB' } }).success, false);
});

test('an origin has a scheme and no path', () => {
  assert.deepEqual(subscriptionsConfig.parse({ origins: ['https://App.example', '*'] }).origins, [
    'https://app.example',
    '*',
  ]);
  for (const origin of ['app.example', 'https://app.example/', 'null', 'ws://a', 'https://*.a b']) {
    assert.equal(subscriptionsConfig.safeParse({ origins: [origin] }).success, false, origin);
  }
});
