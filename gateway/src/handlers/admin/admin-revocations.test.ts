import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, WholeBody } from '../../core/body.ts';
import { type ExchangeOptions, makeExchange } from '../../core/testing/exchange.ts';
import { type AdminRevocation, revocationsHandler } from './admin-revocations.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

function setUp() {
  const kept: AdminRevocation[] = [];
  const handler = revocationsHandler(
    {
      add: async (one) => void kept.push(one),
      list: (offset, limit) => ({
        known: kept.length,
        whole: true,
        revocations: kept.slice(offset, offset + limit),
      }),
    },
    () => NOW,
  );
  const ask = (options: ExchangeOptions) => handler(makeExchange(options).exchange);
  const post = (value: unknown) =>
    ask({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new WholeBody(JSON.stringify(value)),
    });
  const shown = async (query = ''): Promise<unknown> => {
    const { body } = await ask({ target: `/admin/revocations?${query}` });
    return JSON.parse(Buffer.from(await collect(body, 100_000, () => new Error('large'))).toString());
  };
  return { kept, ask, post, shown };
}

test('each kind of revocation, with the time that it lasts where nothing is said', async () => {
  const { kept, post } = setUp();
  for (const body of [
    { jti: 'j', expiresAt: NOW / 1000 + 60 },
    { jti: 'past', expiresAt: '2025-12-31T00:00:00Z' },
    { subject: 'ada' },
    { subject: 'ada', issuer: 'https://a', before: '2025-12-31T00:00:00Z', ttl: '1h' },
    { session: 's' },
    { client: 'app' },
    { consumer: 'acme', ttl: '9999d' },
    { consumer: 'acme', key: 'k1' },
  ]) {
    assert.equal((await post(body)).status, 204);
  }
  assert.deepEqual(
    kept.map(({ kind, id, until, before }) => [
      kind,
      id,
      until - NOW,
      before === undefined ? '' : before - NOW,
    ]),
    [
      ['jti', 'j', 60_000, ''],
      ['subject', 'ada', DAY_MS, 0],
      ['subject', 'ada\nhttps://a', 3_600_000, -DAY_MS],
      ['session', 's', DAY_MS, ''],
      ['client', 'app', 400 * DAY_MS, ''],
      ['consumer', 'acme', 400 * DAY_MS, ''],
      ['key', 'acme/k1', 400 * DAY_MS, ''],
    ],
  );
});

test('what says too little or too much is refused', async () => {
  const { kept, post, ask } = setUp();
  for (const body of [
    {},
    { jti: '' },
    { jti: 'a\nb' },
    { jti: 'a', subject: 'b' },
    { jti: 'a', before: 1 },
    { issuer: 'a' },
    { key: 'k1' },
    { key: 'k1', consumer: 'acme', before: 1 },
    { jti: 'a', ttl: '1m', expiresAt: 1 },
    { jti: 'a', other: 1 },
    { subject: 'a', before: 'soon' },
  ]) {
    await assert.rejects(post(body), { code: 'bad_request' }, JSON.stringify(body));
  }
  await assert.rejects(ask({ method: 'DELETE' }), { code: 'method_not_allowed' });
  assert.deepEqual(kept, []);
});

test('what is known is shown in parts, named as it was said', async () => {
  const { post, shown } = setUp();
  await post({ consumer: 'acme/eu', key: 'k1', ttl: '1h' });
  await post({ subject: 'ada', issuer: 'https://a', ttl: '1h' });
  await post({ jti: 'j', ttl: '1h' });
  const until = '2026-01-01T01:00:00.000Z';
  assert.deepEqual(await shown('limit=2'), {
    known: 3,
    whole: true,
    revocations: [
      { consumer: 'acme/eu', key: 'k1', until },
      { subject: 'ada', issuer: 'https://a', until, before: '2026-01-01T00:00:00.000Z' },
    ],
    next: 2,
  });
  assert.deepEqual(await shown('after=2'), { known: 3, whole: true, revocations: [{ jti: 'j', until }] });
  await assert.rejects(shown('limit=1001'), { code: 'bad_request' });
  await assert.rejects(shown('after=-1'), { code: 'bad_request' });
});
