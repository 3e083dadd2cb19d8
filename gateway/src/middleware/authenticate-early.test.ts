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
