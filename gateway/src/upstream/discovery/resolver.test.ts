import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { addressesOf, dnsName, type Lookups, makeLookups, refreshIn } from './resolver.ts';

test('the next question: when the TTL is over, within the bounds; soon where there was nothing', () => {
  const bounds = { min: 1_000, max: 30_000 };
  assert.equal(refreshIn(5, bounds), 5_000);
  assert.equal(refreshIn(0, bounds), 1_000);
  assert.equal(refreshIn(86_400, bounds), 30_000);
  assert.equal(refreshIn(Number.POSITIVE_INFINITY, bounds), 1_000);
});

test('addresses come once each, with the shortest TTL; IPv6 is asked for where it matters', async () => {
  const asked: string[] = [];
  const lookups: Lookups = {
    a: async (name) => {
      asked.push('a');
      return name === 'six.test'
        ? []
        : [
            { address: '10.0.0.1', ttl: 9 },
            { address: '10.0.0.1', ttl: 3 },
          ];
    },
    aaaa: async () => {
      asked.push('aaaa');
      return [{ address: 'fd00::1', ttl: 2 }];
    },
    srv: async () => [],
  };
  assert.deepEqual(await addressesOf(lookups, 'four.test', 'auto'), { addresses: ['10.0.0.1'], ttl: 3 });
  assert.deepEqual(asked, ['a']);
  assert.deepEqual(await addressesOf(lookups, 'six.test', 'auto'), { addresses: ['fd00::1'], ttl: 2 });
  assert.deepEqual(await addressesOf(lookups, 'four.test', 'both'), {
    addresses: ['10.0.0.1', 'fd00::1'],
    ttl: 2,
  });
  assert.deepEqual(await addressesOf(lookups, 'four.test', 'ipv6'), { addresses: ['fd00::1'], ttl: 2 });
  assert.deepEqual(await addressesOf(lookups, 'six.test', 'ipv4'), {
    addresses: [],
    ttl: Number.POSITIVE_INFINITY,
  });
});

/** A server that answers every question with this code (RFC 1035 §4.1.1), or not at all. */
async function serverOf(t: { after(end: () => void): void }, code: number | undefined): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    if (code === undefined) return;
    const reply = Buffer.from(message);
    reply[2] = (reply[2] ?? 0) | 0x80;
    reply[3] = 0x80 | code;
    socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

test('NXDOMAIN and no data are an answer; SERVFAIL, REFUSED and silence are none', async (t) => {
  const lookups = async (code: number | undefined): Promise<Lookups> =>
    makeLookups({ servers: [await serverOf(t, code)], timeoutMs: 300, clock: systemClock });
  assert.deepEqual(await (await lookups(3)).a('users.test'), []);
  assert.deepEqual(await (await lookups(0)).aaaa('users.test'), []);
  assert.deepEqual(await (await lookups(3)).srv('users.test'), []);
  await assert.rejects((await lookups(2)).a('users.test'), /ESERVFAIL/);
  await assert.rejects((await lookups(5)).a('users.test'), /EREFUSED/);
  await assert.rejects((await lookups(undefined)).a('users.test'), /no answer within 300 ms|ETIMEOUT/);
});

test('host names', () => {
  for (const good of ['users', 'users.internal', 'users.internal.', '_http._tcp.users', 'a-b.c1'])
    dnsName.parse(good);
  for (const bad of ['', '.', 'a..b', '-a', 'a-', 'a b', 'a\u0000', 'ü.test', `${'a.'.repeat(127)}a`]) {
    assert.equal(dnsName.safeParse(bad).success, false, bad);
  }
});
