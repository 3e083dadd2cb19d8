/** WebSockets through the whole gateway: real clients, real backends. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import {
  client,
  closing,
  type Gateway,
  gatewayOptions,
  message,
  refusal,
} from '../../whole-gateway/proxied.fixture.ts';
import { configFor, joined, stage } from './proxy-socket.fixture.ts';

const KEY = 'k'.repeat(32);
const CONSUMERS = {
  auth: { apiKey: { header: 'x-api-key' } },
  plans: { standard: { limit: { capacity: 5, refill: '1/h' }, scopes: ['watch'], default: true } },
  consumers: [
    {
      id: 'acme',
      plan: 'standard',
      apiKeys: [{ id: 'k1', sha256: createHash('sha256').update(KEY).digest('hex') }],
    },
  ],
};

async function metric({ metrics }: Gateway, pattern: RegExp): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    if (pattern.test(await metrics())) return;
  }
  assert.match(await metrics(), pattern);
}

test('texts and bytes go both ways as they are; path, query and fields reach the backend', async (t) => {
  const { backend, url, frontdesk } = await stage(t);
  const near = await client(t, url, [], { headers: { 'x-mine': '1', origin: `http://${frontdesk.host}` } });
  const { socket: far, headers, url: asked } = await backend.next();
  assert.equal(asked, '/feed/a?b=1');
  assert.equal(headers['x-mine'], '1');
  assert.equal(headers.origin, `http://${frontdesk.host}`);
  assert.match(String(headers['x-forwarded-host']), /127/);
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.send('hé');
    assert.equal(await message(to), 'hé');
    from.send(Uint8Array.of(0, 255, 128));
    assert.equal(await message(to), 'binary 00ff80');
    from.send('');
    assert.equal(await message(to), '');
    from.send('a', { fin: false });
    from.send('b', { fin: true });
    assert.equal(await message(to), 'ab');
    const large = 'x'.repeat(700_000);
    from.send(large);
    assert.equal(await message(to), large);
  }
  await metric(frontdesk, /frontdesk_proxy_messages_total\{route="\/live\/\*",from="client"\} 5/);
  await metric(frontdesk, /frontdesk_proxy_streams\{route="\/live\/\*",kind="socket"\} 1/);
  near.close(1000);
  await metric(frontdesk, /frontdesk_proxy_streams\{route="\/live\/\*",kind="socket"\} 0/);
  await metric(frontdesk, /stream_ends_total\{route="\/live\/\*",kind="socket",reason="client"\} 1/);
});

test('the backend chooses among the subprotocols that the client offers', async (t) => {
  const choose = (offered: Set<string>) => [...offered].at(-1) ?? false;
  const { url, backend } = await stage(t, true, {}, { choose });
  const near = await client(t, url, ['v1.chat', 'v2.chat']);
  assert.equal(near.protocol, 'v2.chat');
  const { headers } = await backend.next();
  assert.equal(headers['sec-websocket-protocol'], 'v1.chat,v2.chat');
  const { url: narrow } = await stage(t, { subprotocols: ['v1.chat'] }, {}, { choose });
  assert.equal((await client(t, narrow, ['v1.chat', 'v2.chat'])).protocol, 'v1.chat');
  const doubled = await refusal(url, { headers: { 'sec-websocket-protocol': 'a, a' } });
  assert.equal(doubled.status, 400);
});

const CODES: readonly (readonly [code: number, reason: string])[] = [
  [1000, 'done'],
  [1001, ''],
  [1011, 'broken'],
  [1013, 'later'],
  [3000, 'ours'],
  [4999, 'é'.repeat(61)],
];
for (const [code, reason] of CODES) {
  test(`close ${code} goes through, both ways`, async (t) => {
    const first = await joined(t);
    first.near.close(code, reason);
    assert.deepEqual(await closing(first.far), { code, reason });
    const second = await joined(t);
    second.far.close(code, reason);
    assert.deepEqual(await closing(second.near), { code, reason });
  });
}

test('a goodbye without a code goes through; who vanishes is told as gone', async (t) => {
  const first = await joined(t);
  first.near.close();
  assert.equal((await closing(first.far)).code, 1005);
  const second = await joined(t);
  second.far.close();
  assert.equal((await closing(second.near)).code, 1005);
  const third = await joined(t);
  third.near.terminate();
  assert.equal((await closing(third.far)).code, 1001);
  const fourth = await joined(t);
  fourth.far.terminate();
  assert.equal((await closing(fourth.near)).code, 1014);
});

test('a request without an upgrade is 426, and passed on where the route says so', async (t) => {
  const { frontdesk } = await stage(t);
  const refused = await fetch(`http://${frontdesk.host}/live/a`);
  assert.equal(refused.status, 426);
  assert.equal(refused.headers.get('upgrade'), 'websocket');
  assert.match(await refused.text(), /upgrade-required/);
  const { frontdesk: both, url } = await stage(t, { http: true });
  assert.equal(await (await fetch(`http://${both.host}/live/a`)).text(), 'plain');
  await client(t, url);
});

test('M161 pages of other origins are refused before the backend hears of them', async (t) => {
  const { url, frontdesk, backend } = await stage(t, { origins: ['https://app.example'] });
  const withOrigin = (origin: string, cookie?: string) => ({
    headers: { origin, ...(cookie ? { cookie } : {}) },
  });
  assert.equal((await refusal(url, withOrigin('https://evil.example', 'a=1'))).status, 403);
  assert.equal((await refusal(url, withOrigin('https://evil.example'))).status, 403);
  assert.equal((await refusal(url, { headers: { cookie: 'a=1' } })).status, 403);
  await client(t, url, [], withOrigin('https://app.example', 'a=1'));
  await client(t, url, [], withOrigin(`http://${frontdesk.host}`, 'a=1'));
  assert.equal((await backend.next()).headers.cookie, undefined);
});

test('who asks, what they may and how often is settled at the handshake', async (t) => {
  const { url, backend } = await stage(t, true, {
    ...CONSUMERS,
    route: { auth: ['apiKey'], scopes: ['watch'] },
  });
  assert.equal((await refusal(url)).status, 401);
  const headers = { 'x-api-key': KEY };
  const near = await client(t, url, [], { headers });
  const { headers: sent } = await backend.next();
  assert.equal(sent['x-api-key'], undefined);
  assert.equal(sent['x-consumer-id'], 'acme');
  near.close();
  for (let i = 0; i < 4; i += 1) (await client(t, url, [], { headers })).close();
  assert.equal((await refusal(url, { headers })).status, 429);
  const { url: barred } = await stage(t, true, {
    ...CONSUMERS,
    route: { auth: ['apiKey'], scopes: ['other'] },
  });
  assert.equal((await refusal(barred, { headers })).status, 403);
});

test('a caller has so many sockets and no more, and a place again when one is closed', async (t) => {
  const { url, frontdesk } = await stage(t, { maxPerCaller: 1 });
  const first = await client(t, url);
  assert.equal((await refusal(url)).status, 429);
  first.close();
  await metric(frontdesk, /kind="socket"\} 0/);
  await client(t, url);
});

test('a backend that refuses the handshake answers as it is; one that is gone is 502', async (t) => {
  const { url } = await stage(t, true, {}, { refuse: 404 });
  const { status, headers } = await refusal(url);
  assert.deepEqual([status, headers['x-why']], [404, 'because']);
  const { url: dead, backend } = await stage(t);
  backend.server.close();
  assert.equal((await refusal(dead)).status, 502);
});

test('messages that are too long, too many or broken close with the code that says so', async (t) => {
  const long = await joined(t, { messageSize: '1KiB' });
  long.near.send('x'.repeat(1_025));
  assert.equal((await closing(long.near)).code, 1009);
  const answered = await joined(t, { messageSize: '1KiB' });
  answered.far.send('x'.repeat(1_025));
  assert.equal((await closing(answered.near)).code, 1014);
  const many = await joined(t, { messagesPerSecond: 10 });
  for (let i = 0; i < 30; i += 1) many.near.send('x');
  const [near, far] = await Promise.all([closing(many.near), closing(many.far)]);
  assert.deepEqual([near.code, far.code], [1008, 1001]);
  const pieces = await joined(t, { fragments: 4 });
  for (let i = 0; i < 6; i += 1) pieces.near.send('x', { fin: false });
  assert.equal((await closing(pieces.near)).code, 1008);
});

test('pings are answered by the gateway, payload and all, and go no further', async (t) => {
  const { near, far } = await joined(t);
  let pings = 0;
  far.on('ping', () => {
    pings += 1;
  });
  near.ping('are you there');
  const [payload] = await once(near, 'pong');
  assert.equal(String(payload), 'are you there');
  far.ping('and you');
  const [back] = await once(far, 'pong');
  assert.equal(String(back), 'and you');
  near.send('x');
  await message(far);
  assert.equal(pings, 0);
});

test('a client that does not read holds the backend back, and gets every byte when it reads again', async (t) => {
  const { near, far } = await joined(t, { sendBuffer: '64KiB' });
  near.pause();
  const chunk = Buffer.alloc(64 * 1024, 7);
  let sent = 0;
  // The kernel's buffers take some megabytes; past them the backend's own sends must pile up with the backend.
  while (far.bufferedAmount < 4 * chunk.length) {
    far.send(chunk);
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(sent < 2_000, 'nobody held the backend back');
  }
  let received = 0;
  near.on('message', () => {
    received += 1;
  });
  near.resume();
  far.send('last');
  while (received < sent + 1) await once(near, 'message');
  assert.equal(received, sent + 1);
});

test('a backend that does not read holds the client back', async (t) => {
  const { near, far } = await joined(t, { messagesPerSecond: 100_000 });
  far.pause();
  const chunk = Buffer.alloc(64 * 1024, 7);
  let sent = 0;
  while (near.bufferedAmount < 4 * chunk.length) {
    near.send(chunk);
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(sent < 2_000, 'nobody held the client back');
  }
  let received = 0;
  far.on('message', () => {
    received += 1;
  });
  far.resume();
  while (received < sent) await once(far, 'message');
  assert.equal(received, sent);
});

test('M167 a client that never reads is cut off', async (t) => {
  const { near, far } = await joined(t, { sendBuffer: '64KiB', sendTimeout: '50ms' });
  near.pause();
  const gone = closing(far);
  const chunk = Buffer.alloc(64 * 1024, 7);
  while (far.readyState === WebSocket.OPEN) {
    if (far.bufferedAmount < 4 * chunk.length) far.send(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal((await gone).code, 1001);
});

test('idle, lifetime and drain end a socket with a code that asks to come back', async (t) => {
  const idle = await joined(t, { idle: '300ms' });
  assert.deepEqual(await closing(idle.near), { code: 1001, reason: 'Idle for too long' });
  const old = await joined(t, { lifetime: '300ms' });
  assert.deepEqual(await closing(old.near), { code: 1001, reason: 'Open for too long' });
  const drained = await joined(t);
  const ends = Promise.all([closing(drained.near), closing(drained.far)]);
  await drained.frontdesk.drain();
  const [near, far] = await ends;
  assert.deepEqual([near.code, far.code], [1012, 1001]);
});

test('a reload leaves a socket alone until its grace is over', async (t) => {
  const { near, far, frontdesk, backend } = await joined(t);
  const next = configFor(backend.url, true, { route: { deadline: '9s' }, streams: { reloadGrace: '20ms' } });
  await frontdesk.running.replace(gatewayOptions(next));
  near.send('still here');
  assert.equal(await message(far), 'still here');
  const young = await client(t, `ws://${frontdesk.host}/live/b`);
  const ended = closing(young);
  await frontdesk.running.replace(frontdesk.options);
  assert.equal((await ended).code, 1012);
  assert.equal(near.readyState, WebSocket.OPEN);
});

test('members that nobody may see are taken out of each message; what is no JSON does not pass', async (t) => {
  const { near, far } = await joined(t, true, {
    upstream: { response: { strip: ['secret'] } },
    route: { response: { strip: ['inner.score'] } },
  });
  far.send('{"a":1,"secret":2,"inner":{"score":3,"b":4}}');
  assert.equal(await message(near), '{"a":1,"inner":{"b":4}}');
  far.send('secret: 2');
  assert.equal((await closing(near)).code, 1014);
});
