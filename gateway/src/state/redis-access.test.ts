/** Who may come in at a real Redis, and over what: users with rights of their own, TLS under an authority of one's own. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { Authority } from '../core/testing/certificates.ts';
import { openStore, stateConfig } from './state.ts';
import { freePort, redisCommand, skipWithoutServer, startRedis } from './testing/redis-server.ts';

const dependencies = { clock: systemClock, logger: noLogger, meter: noMeter };

async function storeOf(t: TestContext, config: object) {
  const store = await openStore(stateConfig.parse({ commandLimit: '1s', ...config }), dependencies);
  t.after(() => store.close());
  await store.settled();
  return store;
}

describe('access to Redis', { skip: skipWithoutServer, timeout: 300_000 }, () => {
  test('a user with just the rights that it needs, and a password beside the URL', async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const rights = '+@read +@write +@scripting +@connection +time +publish +subscribe';
    await redisCommand(redis.port, `ACL SETUSER frontdesk on >s3cret ~frontdesk:* &frontdesk:* ${rights}`);
    await redisCommand(redis.port, 'ACL SETUSER default off');
    const user = await storeOf(t, { redis: redis.url, username: 'frontdesk', password: 's3cret' });
    await user.set('frontdesk:x', '1', 1000);
    assert.equal(await user.get('frontdesk:x'), '1');
    await assert.rejects(user.get('others:x'), /NOPERM/);
    const stranger = await storeOf(t, { redis: redis.url });
    await assert.rejects(stranger.get('frontdesk:x'));
  });

  test('TLS: under the authority that is named; not under others, not to another name', async (t) => {
    const authority = new Authority(t);
    const { certFile, keyFile } = authority.issue('redis', { names: 'DNS:redis.test' });
    const port = await freePort();
    const tls = ['--tls-port', `${port}`, '--tls-cert-file', certFile, '--tls-key-file', keyFile];
    const redis = await startRedis([
      ...tls,
      '--tls-ca-cert-file',
      authority.caFile,
      '--tls-auth-clients',
      'no',
    ]);
    t.after(() => redis.stop());
    const at = { redis: `rediss://127.0.0.1:${port}` };
    const ca = authority.caFile;
    const store = await storeOf(t, { ...at, tls: { ca, serverName: 'redis.test' } });
    await store.set('frontdesk:x', '1', 1000);
    assert.equal(await store.get('frontdesk:x'), '1');
    for (const refused of [{ ca, serverName: 'else.test' }, { ca }, { serverName: 'redis.test' }]) {
      const other = await storeOf(t, { ...at, tls: refused });
      await assert.rejects(other.get('frontdesk:x'));
    }
  });
});
