import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { authenticateEarly } from './authenticate-early.ts';

const reply = makeReply(101, new HeaderFields(), emptyBody);

function step(identify: () => Promise<ReturnType<typeof makeIdentity>>) {
  return authenticateEarly({
    identify,
    credentialHeaders: new Set(['authorization', 'x-api-key']),
    challenges: () => [],
  });
}

test('credentials of the handshake are proved, and stay', async () => {
  const identity = makeIdentity();
  const { exchange } = makeExchange({ headers: { 'x-api-key': 'k' } });
  assert.equal(await step(async () => identity)(exchange, async () => reply), reply);
  assert.equal(exchange.identity, identity);
  assert.equal(exchange.headers.get('x-api-key'), 'k');
});

test('a cookie among cookies counts where a scheme says that it is its own', async () => {
  const identity = makeIdentity();
  const early = authenticateEarly({
    identify: async () => identity,
    credentialHeaders: new Set<string>(),
    carries: (headers) => headers.get('cookie')?.includes('session=') ?? false,
    challenges: () => [],
  });
  const own = makeExchange({ headers: { cookie: 'a=b; session=1' } }).exchange;
  await early(own, async () => reply);
  assert.equal(own.identity, identity);
  const other = makeExchange({ headers: { cookie: 'a=b' } }).exchange;
  await early(other, async () => reply);
  assert.equal(other.identity, undefined);
});

test('who has none yet may pass; who has bad ones may not', async () => {
  const refuse = step(() => Promise.reject(new FrontdeskError('invalid_credentials')));
  const { exchange } = makeExchange();
  assert.equal(await refuse(exchange, async () => reply), reply);
  assert.equal(exchange.identity, undefined);
  const bad = makeExchange({ headers: { authorization: 'Bearer x' } });
  await assert.rejects(
    refuse(bad.exchange, async () => reply),
    { code: 'invalid_credentials' },
  );
});
