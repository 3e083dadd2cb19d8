import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCluster, openListener, openServer } from './redis-client.ts';

test('nothing is connected, queued or sent again, whatever kind it is', () => {
  const cluster = { at: { cluster: ['redis://127.0.0.1:1', 'redis://127.0.0.1:2'] } };
  const sentinels = { at: { sentinels: ['redis://127.0.0.1:3'], master: 'm', database: 2 }, password: 'p' };
  const clients = [
    openServer({ at: 'redis://127.0.0.1:1' }, 'x'),
    openServer(sentinels, 'x'),
    openListener(sentinels, 'x'),
    openListener(cluster, 'x'),
  ];
  for (const { status, options } of clients) {
    assert.equal(status, 'wait');
    assert.equal(options.enableOfflineQueue, false);
    assert.equal(options.autoResendUnfulfilledCommands, false);
    assert.equal(options.maxRetriesPerRequest, 0);
    assert.ok((options.retryStrategy?.(100) ?? 0) <= 500);
  }
  assert.equal(clients[1]?.options.name, 'm');
  assert.equal(clients[1]?.options.db, 2);
  assert.equal(clients[3]?.options.port, 2, 'a lost node is followed by the next');
  assert.equal(openCluster(cluster, 'x').status, 'wait');
  assert.throws(() => openServer(cluster, 'x'));
  assert.throws(() => openCluster(sentinels, 'x'));
});
