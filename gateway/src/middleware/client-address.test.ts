import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { certificateOf } from '../auth/testing/certificate.ts';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { trustedProxiesConfig } from '../wire/trust/trusted-proxies.ts';
import { clientAddress } from './client-address.ts';

const PROXY = '10.0.0.1';

type Settings = Parameters<typeof trustedProxiesConfig.parse>[0];

async function seen(
  fields: readonly string[],
  { peer = PROXY, ...settings }: { peer?: string } & Record<string, unknown> = {},
): Promise<Exchange> {
  const config: Settings = { addresses: ['10.0.0.0/8', '2001:db8::/32'], ...settings };
  const step = clientAddress(trustedProxiesConfig.parse(config), {
    canonicalHost: (text) => (/^[a-z.]+(:\d+)?$/.test(text) ? text : undefined),
  });
  assert.ok(step);
  const { exchange } = makeExchange();
  exchange.client = { address: peer, scheme: 'http' };
  exchange.host = 'inner.example';
  exchange.headers.flat.push(...fields);
  await step(exchange, async () => makeReply(204, new HeaderFields(), emptyBody));
  return exchange;
}

async function addressFor(xff: string, settings: Record<string, unknown> = {}): Promise<string> {
  return (await seen(['x-forwarded-for', xff], settings)).client.address;
}

test('B35: what an untrusted peer says of itself is not read', async () => {
  const { client, host } = await seen(
    ['x-forwarded-for', '1.2.3.4', 'x-forwarded-proto', 'https', 'x-forwarded-host', 'evil.example'],
    { peer: '192.0.2.9', host: true },
  );
  assert.deepEqual(client, { address: '192.0.2.9', scheme: 'http' });
  assert.equal(host, 'inner.example');
});

test('B36: the right-most hop that is not trusted is the client', async () => {
  assert.equal(await addressFor('1.2.3.4'), '1.2.3.4');
  assert.equal(await addressFor('6.6.6.6, 1.2.3.4'), '1.2.3.4');
  assert.equal(await addressFor('6.6.6.6, 1.2.3.4, 10.0.0.2'), '1.2.3.4');
  assert.equal(await addressFor('10.0.0.3, 10.0.0.2'), '10.0.0.3');
  assert.equal(await addressFor('[2001:db9::1]:443, 2001:db8::5'), '2001:db9::1');
  assert.equal(await addressFor(''), PROXY);
});

test('B36: a hop that cannot be read ends the way at the proxy that named it', async () => {
  for (const junk of ['unknown', '_hidden', 'junk', '1.2.3', '"', '\u0000', '999.1.1.1']) {
    assert.equal(await addressFor(`9.9.9.9, ${junk}`), PROXY, junk);
    assert.equal(await addressFor(`9.9.9.9, ${junk}, 10.0.0.2`), '10.0.0.2', junk);
  }
  assert.equal(await addressFor('fe80::1%eth0'), 'fe80::1');
  assert.equal(await addressFor('1.2.3.4:5678'), '1.2.3.4');
});

test('B36: a hundred hops of which all are trusted end at the limit, and so do fewer where so many are configured', async () => {
  const hops = Array.from({ length: 300 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
  assert.equal(await addressFor(hops.join(', ')), hops[200]);
  assert.equal(await addressFor('1.1.1.1, 10.0.0.3, 10.0.0.2', { hops: 1 }), '10.0.0.2');
  assert.equal(await addressFor('1.1.1.1, 10.0.0.3, 10.0.0.2', { hops: 2 }), '10.0.0.3');
});

test('B36: whatever the fields say, it is an address or the peer, or refused', async () => {
  const text = fc.string({ unit: fc.constantFrom(...'0123456789abcdef.:,[]%" ;=for_') });
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom('x-forwarded-for', 'forwarded'), async (value, header) => {
      try {
        const { client } = await seen([header, value, 'x-forwarded-proto', value], { header });
        assert.match(client.address, /^[0-9a-f:.]+$/);
      } catch (error) {
        assert.ok(header === 'forwarded' && error instanceof FrontdeskError && error.code === 'bad_request');
      }
    }),
    { numRuns: 500 },
  );
});

test('B36: nobody hides behind the proxy by spoiling the Forwarded that it adds to', async () => {
  for (const spoilt of ['for="', 'for=1.1.1.1;x="', '(', 'for=1.1.1.1;for=2.2.2.2', 'for=1.1.1.1;x="\\']) {
    const joined = seen(['forwarded', `${spoilt}, for=203.0.113.9`], { header: 'forwarded' });
    await assert.rejects(joined, { code: 'bad_request' }, spoilt);
    const apart = ['forwarded', spoilt, 'forwarded', 'for="[2001:db9::1]:80"'];
    await assert.rejects(seen(apart, { header: 'forwarded' }), { code: 'bad_request' }, spoilt);
  }
});

test('B37: scheme and host are taken from trusted proxies alone, the host only where so configured', async () => {
  const fields = [
    'x-forwarded-for',
    '1.2.3.4',
    'x-forwarded-proto',
    'https',
    'x-forwarded-host',
    'shop.example',
  ];
  const plain = await seen(fields);
  assert.equal(plain.client.scheme, 'https');
  assert.equal(plain.host, 'inner.example');
  assert.equal((await seen(fields, { host: true })).host, 'shop.example');
  await assert.rejects(seen(['x-forwarded-host', 'a b'], { host: true }), { code: 'bad_request' });
  assert.equal((await seen(['x-forwarded-proto', 'gopher'])).client.scheme, 'http');
});

test('B37: of several values the one counts that was said where the client was taken over', async () => {
  const hops = ['x-forwarded-for', '1.2.3.4, 10.0.0.2'];
  assert.equal((await seen([...hops, 'x-forwarded-proto', 'https, http'])).client.scheme, 'https');
  assert.equal((await seen([...hops, 'x-forwarded-proto', 'http, https, http'])).client.scheme, 'https');
  assert.equal((await seen(['x-forwarded-proto', 'https, http'])).client.scheme, 'http');
});

test('Forwarded is read where the proxies write that, and then nothing else', async () => {
  const { client, host } = await seen(
    ['x-forwarded-for', '9.9.9.9', 'forwarded', 'for=6.6.6.6, for=1.2.3.4;proto=https;host=shop.example'],
    { header: 'forwarded', host: true },
  );
  assert.equal(client.address, '1.2.3.4');
  assert.equal(client.scheme, 'https');
  assert.equal(host, 'shop.example');
});

test('the peer and the way are told to whoever comes after', async () => {
  const { client } = await seen(['x-forwarded-for', '6.6.6.6, 1.2.3.4, 10.0.0.2']);
  assert.equal(client.peer, PROXY);
  assert.equal(client.trail, '1.2.3.4, 10.0.0.2, 10.0.0.1');
});

test("the proxy's own certificate is not its clients'", async () => {
  const step = clientAddress(trustedProxiesConfig.parse({ addresses: [PROXY] }), {
    canonicalHost: () => undefined,
  });
  const { exchange } = makeExchange();
  exchange.client = { address: PROXY, scheme: 'https', certificate: certificateOf() };
  await step?.(exchange, async () => makeReply(204, new HeaderFields(), emptyBody));
  assert.equal(exchange.client.certificate, undefined);
});

test("an operation of a socket is its client's, whatever stands in its fields", async () => {
  const step = clientAddress(trustedProxiesConfig.parse({ addresses: [PROXY, '198.51.100.7'] }), {
    canonicalHost: () => undefined,
  });
  const { exchange } = makeExchange();
  const client = { address: '198.51.100.7', scheme: 'https', peer: PROXY } as const;
  const operation = { ...exchange, isOperation: true, client };
  operation.headers.append('x-forwarded-for', '6.6.6.6');
  await step?.(operation, async () => makeReply(204, new HeaderFields(), emptyBody));
  assert.deepEqual(operation.client, client);
});

test('without trusted proxies there is no step', () => {
  assert.equal(clientAddress(undefined, { canonicalHost: () => undefined }), undefined);
});
