import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { type ListenConfig, listenConfig } from './listen-config.ts';
import { makeServer } from './server.ts';

function serverOf(config: ListenConfig) {
  const common = { clock: systemClock, logger: noLogger, meter: noMeter, name: 'test' };
  return makeServer({
    ...common,
    config,
    takeHttp2: () => assert.fail(),
    onTrustChanged: () => assert.fail(),
  });
}

test('limits of the configuration are the server’s', () => {
  const { server } = serverOf(
    listenConfig.parse({
      limits: { connections: 7 },
      timeouts: { headers: '2s', request: '3s', keepAlive: '4s' },
    }),
  );
  assert.equal(server.maxConnections, 7);
  assert.equal(server.headersTimeout, 2_000);
  assert.equal(server.requestTimeout, 3_000);
  assert.equal(server.keepAliveTimeout, 4_000);
});

test('every field of a head is seen', () => {
  const { server } = serverOf(listenConfig.parse(undefined));
  assert.equal(server.maxHeadersCount, 0);
});
