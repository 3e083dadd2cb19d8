import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { inTime } from '../../core/testing/in-time.ts';
import { DnsSource, dnsConfig } from './dns.ts';
import type { AddressRecord, Lookups } from './resolver.ts';
import { dnsServer, NO_DNS } from './testing/dns-server.fixture.ts';
import { follow, parts } from './testing/follower.fixture.ts';

function source(server: string, more: object = {}): DnsSource {
  const config = dnsConfig.parse({ url: 'http://users.test:8080/base', servers: [server], ...more });
  return new DnsSource(config, parts);
}

describe('a real DNS server', { skip: NO_DNS }, () => {
  test('every address is an endpoint that is asked by the name; a new one is known a second after the TTL', async (t) => {
    const dns = await dnsServer(t, { hosts: { 'users.test': ['10.0.0.1', '10.0.0.2'] }, ttlS: 1 });
    const { seen } = follow(t, source(dns.server));
    await seen.until(({ last }) => last !== undefined);
    assert.deepEqual(seen.last, ['10.0.0.1:8080', '10.0.0.2:8080']);
    assert.deepEqual(new Set(seen.specs.map(({ url }) => url)), new Set(['http://users.test:8080/base']));
    await inTime(2_000 + 500, async (n) => {
      const added = `10.0.0.${3 + n}`;
      const changedAt = performance.now();
      await dns.set({ 'users.test': ['10.0.0.2', added] });
      await seen.until(({ last }) => last?.includes(`${added}:8080`) === true);
      assert.deepEqual(seen.last, ['10.0.0.2:8080', `${added}:8080`]);
      return changedAt;
    });
  });

  test('no name, or no address of it, is an empty answer and no failure', async (t) => {
    const dns = await dnsServer(t, { hosts: { 'users.test': ['10.0.0.1'] }, ttlS: 1 });
    const { seen } = follow(t, source(dns.server));
    await seen.until(({ last }) => last?.length === 1);
    await dns.set({});
    await seen.until(({ last }) => last?.length === 0);
    await dns.set({ 'users.test': ['fd00::1'] });
    await seen.until(({ last }) => last?.length === 1);
    assert.deepEqual(seen.last, ['fd00::1:8080']);
  });

  test('a silent server is waited for as long as said, and no longer', async (t) => {
    const dns = await dnsServer(t, { hosts: { 'users.test': ['10.0.0.1'] }, ttlS: 1 });
    dns.freeze();
    const { ended } = follow(t, source(dns.server, { timeout: '300ms' }));
    assert.match((await ended)?.message ?? '', /no answer within 300 ms|ETIMEOUT/);
  });

  test('an answer too long for a datagram comes by TCP', async (t) => {
    const many = Array.from({ length: 200 }, (_, i) => `10.1.${i >> 7}.${(i & 127) + 1}`);
    const dns = await dnsServer(t, { hosts: { 'users.test': many }, ttlS: 1 });
    const { seen } = follow(t, source(dns.server));
    await seen.until(({ last }) => last !== undefined);
    assert.equal(seen.last?.length, 200);
  });

  test('families: the asked one, or both', async (t) => {
    const hosts = { 'users.test': ['10.0.0.1', 'fd00::1'] };
    const dns = await dnsServer(t, { hosts, ttlS: 1 });
    const found = async (family: string): Promise<readonly string[] | undefined> => {
      const { seen, stop } = follow(t, source(dns.server, { family }));
      await seen.until(({ last }) => last !== undefined);
      await stop();
      return seen.last;
    };
    assert.deepEqual(await found('auto'), ['10.0.0.1:8080']);
    assert.deepEqual(await found('ipv6'), ['fd00::1:8080']);
    assert.deepEqual(await found('both'), ['10.0.0.1:8080', 'fd00::1:8080']);
  });
});

test('the next question comes when the shortest TTL is over, within the bounds', async (t) => {
  const clock = new ManualClock();
  const asked: (() => void)[] = [];
  let answer: AddressRecord[] = [];
  const lookups: Lookups = {
    a: async () => {
      asked.shift()?.();
      return answer;
    },
    aaaa: async () => [],
    srv: () => assert.fail(),
  };
  const nextQuestion = (): Promise<void> => new Promise((resolve) => asked.push(resolve));
  const config = dnsConfig.parse({ url: 'http://users.test', refresh: { min: '2s', max: '10s' } });
  const { seen } = follow(t, new DnsSource(config, { clock, random: () => 0 }, lookups));
  const cases: [ttls: number[], waitMs: number][] = [
    [[5, 3], 3_000],
    [[0], 2_000],
    [[3_600], 10_000],
    [[], 2_000],
  ];
  for (const [ttls, waitMs] of cases) {
    answer = ttls.map((ttl, i) => ({ address: `10.0.0.${i}`, ttl }));
    // The question that the case before ended with has seen the case before's answer: let this one be asked.
    const sets = seen.sets;
    clock.advance(60_000);
    await seen.until((now) => now.sets > sets);
    await new Promise(setImmediate);
    const question = nextQuestion();
    clock.advance(waitMs - 1);
    assert.equal(asked.length, 1, `${ttls} is not asked again before ${waitMs} ms`);
    clock.advance(1);
    await question;
    await new Promise(setImmediate);
  }
});

test('what is no host name is refused', () => {
  for (const url of [
    'http://10.0.0.1',
    'http://[::1]:80',
    'unix:/run/app.sock',
    'http://a..b',
    'http://users%00.test',
  ]) {
    assert.equal(dnsConfig.safeParse({ url }).success, false, url);
  }
  // An ideographic full stop is a dot to a URL (UTS 46), and nothing else reaches DNS.
  assert.equal(dnsConfig.parse({ url: 'http://users。test' }).url, 'http://users。test');
  for (const servers of [['dns.example'], ['10.0.0.1:99999'], []]) {
    assert.equal(dnsConfig.safeParse({ url: 'http://users.test', servers }).success, false);
  }
  const refresh = { min: '10s', max: '1s' };
  assert.equal(dnsConfig.safeParse({ url: 'http://users.test', refresh }).success, false);
});
