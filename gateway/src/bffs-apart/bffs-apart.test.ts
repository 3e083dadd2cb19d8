import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { apartHandler, bffUpstream, joinBffs } from './bffs-apart.ts';

const config = configSchema.parse({
  upstreams: { shop: { url: 'http://127.0.0.1:1', identityToken: {} } },
  bffs: [
    { package: 'p', mount: '/in' },
    { url: 'http://127.0.0.1:4020', mount: '/web', concurrency: 7 },
    { package: 'q', process: 'own', mount: '/own' },
    { upstream: 'shop', mount: '/shop' },
  ],
});

test('each BFF that runs apart has an upstream, which the configuration may say itself', () => {
  const { upstreams } = joinBffs(config, ({ mount }) => `/run${mount}.sock`);
  assert.deepEqual(Object.keys(upstreams), ['shop', 'bff:web', 'bff:own']);
  assert.deepEqual(config.bffs.slice(1).map(bffUpstream), ['bff:web', 'bff:own', 'shop']);
  const web = upstreams['bff:web'];
  assert.deepEqual([web?.url, web?.bulkhead.maxInFlight], ['http://127.0.0.1:4020', 7]);
  assert.equal(upstreams['bff:own']?.url, 'unix:/run/own.sock');
});

test('it is told who asks by a token for it alone, and how long there is by a field', () => {
  const web = joinBffs(config, () => '/run/own.sock').upstreams['bff:web'];
  assert.deepEqual(
    [web?.identityToken?.audience, web?.identityToken?.header, web?.identityHeaders, web?.forward.deadline],
    ['web', 'authorization', false, 'x-deadline-ms'],
  );
});

test('what may have broken it is not sent to it again', () => {
  assert.deepEqual(joinBffs(config, () => '/run/own.sock').upstreams['bff:web']?.retry.errors, [
    'connect',
    'refused',
  ]);
});

test('a configuration in which none runs apart is left as it is', () => {
  const plain = configSchema.parse({ bffs: [{ package: 'p', mount: '/in' }] });
  assert.equal(
    joinBffs(plain, () => ''),
    plain,
  );
});

test('who asks for a stream gets one', async () => {
  const answer = (status: number) => async () => makeReply(status, new HeaderFields(), emptyBody);
  const handler = apartHandler(answer(200), answer(299));
  for (const [accept, status] of [
    ['', 200],
    ['application/json', 200],
    ['text/event-stream', 299],
    ['multipart/mixed;deferSpec=20220824, application/json', 299],
  ] as const) {
    const { exchange } = makeExchange();
    if (accept !== '') exchange.headers.append('accept', accept);
    assert.equal((await handler(exchange)).status, status, accept);
  }
});
