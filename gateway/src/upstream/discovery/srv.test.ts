import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import type { ServiceRecord } from './resolver.ts';
import { SrvSource, srvConfig } from './srv.ts';
import { dnsServer, NO_DNS } from './testing/dns-server.fixture.ts';
import { follow, parts } from './testing/follower.fixture.ts';

const NAME = '_http._tcp.users.test';

describe('a real DNS server', { skip: NO_DNS }, () => {
  test('targets come with ports, weights and priorities, and are resolved', async (t) => {
    const dns = await dnsServer(t, {
      hosts: { 'a.test': ['10.0.0.1', '10.0.0.2'], 'b.test': ['10.0.0.3'] },
      ttlS: 1,
      srv: [`${NAME},a.test,8080,10,60`, `${NAME},b.test,8081,20,40`],
    });
    const { seen } = follow(
      t,
      new SrvSource(srvConfig.parse({ name: NAME, servers: [dns.server], path: '/v1' }), parts),
    );
    await seen.until(({ sets }) => sets > 0);
    const sorted = [...seen.specs].sort((x, y) => ((x.address ?? '') < (y.address ?? '') ? -1 : 1));
    assert.deepEqual(sorted, [
      { url: 'http://a.test:8080/v1', address: '10.0.0.1', weight: 60, priority: 0 },
      { url: 'http://a.test:8080/v1', address: '10.0.0.2', weight: 60, priority: 0 },
      { url: 'http://b.test:8081/v1', address: '10.0.0.3', weight: 40, priority: 1 },
    ]);
    await dns.set({ 'a.test': ['10.0.0.4'], 'b.test': ['10.0.0.3'] });
    await seen.until(({ last }) => last?.includes('10.0.0.4:8080') === true);
    // A target without an address is told; the others are called.
    await dns.set({ 'b.test': ['10.0.0.3'] });
    await seen.until(({ faults }) => faults.length === 1);
    assert.match(seen.faults[0] ?? '', /the target a\.test has no address/);
    assert.deepEqual(seen.last, ['10.0.0.3:8081']);
  });
});

async function specsOf(
  t: Parameters<typeof follow>[0],
  records: readonly ServiceRecord[],
  more: object = {},
) {
  const lookups = {
    a: async (name: string) => (name === 'none.test' ? [] : [{ address: '10.0.0.1', ttl: 5 }]),
    aaaa: async () => [],
    srv: async () => records,
  };
  const source = new SrvSource(
    srvConfig.parse({ name: NAME, ...more }),
    { ...parts, clock: new ManualClock() },
    lookups,
  );
  const { seen } = follow(t, source);
  await seen.until(({ sets }) => sets > 0);
  return seen;
}

const record = { name: 'a.test', port: 80, weight: 1, priority: 0 };

test('RFC 2782: "." says that the service is not there', async (t) => {
  assert.deepEqual((await specsOf(t, [{ ...record, name: '.' }])).specs, []);
  assert.deepEqual((await specsOf(t, [{ ...record, name: '' }])).specs, []);
});

test('weights keep their proportions from 1 to 1000, priorities their order', async (t) => {
  const { specs } = await specsOf(t, [
    { ...record, weight: 65_535, priority: 500, port: 1 },
    { ...record, weight: 32_768, priority: 7, port: 2 },
    { ...record, weight: 0, priority: 500, port: 3 },
  ]);
  assert.deepEqual(
    specs.map(({ weight, priority }) => [weight, priority]),
    [
      [1_000, 1],
      [500, 0],
      [1, 1],
    ],
  );
});

test('a target that is no host name, or has no port, is left out and told', async (t) => {
  const seen = await specsOf(t, [{ ...record, name: 'a\u0000.test' }, { ...record, port: 0 }, record]);
  assert.equal(seen.specs.length, 1);
  assert.equal(seen.faults.length, 2);
});

test('one name to ask all by', async (t) => {
  const seen = await specsOf(t, [record], { host: 'users.example', scheme: 'https' });
  assert.equal(seen.specs[0]?.url, 'https://users.example:80');
});

test('a name with an underscore in front is one of RFC 2782, whole; registries have bare ones too', () => {
  const accepts = (name: string) => srvConfig.safeParse({ name }).success;
  for (const name of ['_http._tcp.users.internal', '_web._primary.service.consul', 'web.service.consul'])
    assert.ok(accepts(name), name);
  for (const name of ['_http', '_http._tcp', '_http.users.internal', '_http._tcp.', '._tcp.users'])
    assert.ok(!accepts(name), name);
});
