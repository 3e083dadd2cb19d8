import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetsOf, upstreamConfig } from './config.ts';

test('a url alone has every default of field/SECURITY.md §4', () => {
  const config = upstreamConfig.parse({ url: 'http://127.0.0.1:4101' });
  assert.deepEqual(targetsOf(config), [{ url: 'http://127.0.0.1:4101', weight: 1 }]);
  assert.deepEqual(config.timeout, { connect: 1000, attempt: 5000, idle: 5000 });
  assert.deepEqual(config.bulkhead, { maxInFlight: 256, maxQueue: 64, queueFor: 1000, maxStreams: 1000 });
  assert.equal(config.retry.max, 1);
  assert.deepEqual(config.retry.budget, { ratio: 0.2, min: 3 });
  assert.equal(config.breaker.openFor, 30_000);
  assert.equal(config.breaker.windowCalls, 20);
  assert.deepEqual(config.pool, { keepAlive: 4000, maxHeaderSize: 16_384 });
  assert.equal(config.balance.by, 'least-requests');
  assert.deepEqual(config.response.strip, []);
});

test('targets with weights', () => {
  const config = upstreamConfig.parse({
    targets: [{ url: 'http://a:1', weight: 3 }, { url: 'https://b/base' }],
  });
  assert.deepEqual(targetsOf(config), [
    { url: 'http://a:1', weight: 3 },
    { url: 'https://b/base', weight: 1 },
  ]);
});

test('what makes no sense is refused', () => {
  for (const bad of [
    {},
    { url: 'http://a', targets: [{ url: 'http://b' }] },
    { targets: [] },
    { url: 'ftp://a' },
    { url: 'http://user:pass@a' },
    { url: 'http://a/?x=1' },
    { url: 'http://a', tiemout: {} },
    { url: 'http://a', timeout: { attempt: 5 } },
    { url: 'http://a', retry: { max: 99 } },
    { url: 'http://a', balance: 'random' },
    { url: 'http://a', response: { strip: ['a..b'] } },
    { discover: { consul: { service: 'a' } }, tls: {} },
    { url: 'http://a', limit: { capacity: 0, refill: '1/s' } },
  ]) {
    assert.equal(upstreamConfig.safeParse(bad).success, false, JSON.stringify(bad));
  }
});
