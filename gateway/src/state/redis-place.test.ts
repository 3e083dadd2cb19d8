import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisPlaceConfig, sentinelAccess, serverAccess } from './redis-place.ts';

test('a URL, sentinels with a name, or nodes of a cluster; nothing else, and no password is repeated', () => {
  assert.equal(redisPlaceConfig.parse('redis://localhost:6379'), 'redis://localhost:6379');
  assert.deepEqual(redisPlaceConfig.parse({ sentinels: ['redis://a:26379'], master: 'm' }), {
    sentinels: ['redis://a:26379'],
    master: 'm',
    database: 0,
  });
  assert.deepEqual(redisPlaceConfig.parse({ cluster: ['rediss://a'] }), { cluster: ['rediss://a'] });
  const wrong = [
    'http://:canary@x',
    { cluster: [] },
    { cluster: ['canary'] },
    { sentinels: ['redis://a'] },
    7,
  ];
  for (const value of wrong) {
    const result = redisPlaceConfig.safeParse(value);
    assert.equal(result.success, false);
    assert.ok(!JSON.stringify(result.error?.issues).includes('canary'));
  }
});

test('user and password beside the URL stand in place of those in it, for the servers alone', () => {
  const at = 'rediss://someone:se%40cret@[::1]:7000/3';
  assert.deepEqual(serverAccess(at, { at }), {
    host: '::1',
    port: 7000,
    username: 'someone',
    password: 'se@cret',
    db: 3,
    tls: {},
  });
  const place = { at, username: 'u', password: 'p', tls: { serverName: 'redis.example' } };
  assert.deepEqual(serverAccess('redis://host', place), {
    host: 'host',
    port: 6379,
    username: 'u',
    password: 'p',
    tls: { servername: 'redis.example' },
  });
  assert.deepEqual(sentinelAccess('redis://:q@host', { at, password: 'p' }), {
    host: 'host',
    port: 26_379,
    password: 'q',
  });
});
