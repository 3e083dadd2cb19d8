import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenConfig } from './listen-config.ts';
import { makeServer } from './server.ts';

test('limits of the configuration are the server’s', () => {
  const { server } = makeServer(
    listenConfig.parse({
      limits: { connections: 7 },
      timeouts: { headers: '2s', request: '3s', keepAlive: '4s' },
    }),
    () => assert.fail(),
  );
  assert.equal(server.maxConnections, 7);
  assert.equal(server.headersTimeout, 2_000);
  assert.equal(server.requestTimeout, 3_000);
  assert.equal(server.keepAliveTimeout, 4_000);
});

test('every field of a head is seen', () => {
  const { server } = makeServer(listenConfig.parse(undefined), () => assert.fail());
  assert.equal(server.maxHeadersCount, 0);
});
