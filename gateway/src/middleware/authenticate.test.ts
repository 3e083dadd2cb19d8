import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { authenticate } from './authenticate.ts';

function authenticator(
  found: () => Identity | undefined | Promise<Identity | undefined>,
): RouteAuthenticator {
  return {
    identify: found,
    credentialHeaders: new Set(['authorization', 'x-api-key']),
    challenges: () => [['www-authenticate', 'Bearer']],
  };
}

const reply = makeReply(200, new HeaderFields(), emptyBody);

test('the identity is on the exchange and no credential is left, of whatever scheme', async () => {
  const identity = makeIdentity();
  for (const found of [() => identity, async () => identity]) {
    const { exchange } = makeExchange({
      headers: { authorization: 'Bearer x', accept: '*/*', 'x-api-key': 'k' },
    });
    const answer = await authenticate(authenticator(found))(exchange, async (seen) => {
      assert.equal(seen.identity, identity);
      assert.deepEqual(seen.headers.flat, ['accept', '*/*']);
      return reply;
    });
    assert.equal(answer, reply);
  }
});

test('a refusal reaches no further step', async () => {
  const step = authenticate(
    authenticator(() => {
      throw new FrontdeskError('invalid_credentials');
    }),
  );
  await assert.rejects(
    step(makeExchange().exchange, async () => assert.fail('went on')),
    (error) => error instanceof FrontdeskError && error.status === 401,
  );
});
