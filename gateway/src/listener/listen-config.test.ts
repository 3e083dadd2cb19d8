import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listenConfig } from './listen-config.ts';

describe('listenConfig', () => {
  it('is safe without a word', () => {
    assert.deepEqual(listenConfig.parse(undefined), {
      host: '0.0.0.0',
      port: 4000,
      http2: false,
      reusePort: false,
      limits: {
        headerSize: 16_384,
        headerCount: 100,
        urlSize: 8192,
        queryParams: 200,
        connections: 10_000,
        requestsPerConnection: 10_000,
        concurrentStreams: 100,
        streamResets: 100,
        pipelined: 32,
      },
      timeouts: { headers: 10_000, request: 30_000, keepAlive: 75_000, send: 60_000, linger: 1000 },
      drain: { announce: 0, idle: 1000, grace: 25_000 },
    });
  });

  it('takes one word alone, and refuses unknown ones', () => {
    assert.equal(listenConfig.parse({ timeouts: { keepAlive: '5s' } }).timeouts.headers, 10_000);
    assert.throws(() => listenConfig.parse({ limits: { headers: 1 } }));
    assert.throws(() => listenConfig.parse({ port: 70_000 }));
  });
});
