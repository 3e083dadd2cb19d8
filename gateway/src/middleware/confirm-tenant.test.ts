import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { confirmTenant, confirmTenantEarly } from './confirm-tenant.ts';

const authenticator: RouteAuthenticator = {
  identify: () => undefined,
  credentialHeaders: new Set(),
  challenges: () => [['www-authenticate', 'Bearer']],
};
const reply = makeReply(200, new HeaderFields(), emptyBody);

function attempt(
  stated: string | undefined,
  identity: Identity | undefined,
  confirm = confirmTenant(authenticator),
) {
  const { exchange } = makeExchange({ identity });
  const chain = async () => reply;
  exchange.route = { template: '/', params: {}, kind: 'proxy', chain, tenant: stated };
  return confirm(exchange, chain);
}

test('an identity of the tenant that the request states passes', async () => {
  assert.equal(await attempt('acme', makeIdentity({ tenant: 'acme' })), reply);
});

test('another tenant, or none, is 403; nobody is 401', async () => {
  for (const [stated, proved] of [
    ['acme', 'globex'],
    ['acme', undefined],
    [undefined, undefined],
    ['', undefined],
    ['acme', 'ACME'],
  ] as const) {
    await assert.rejects(attempt(stated, makeIdentity({ tenant: proved })), {
      code: 'forbidden',
      status: 403,
    });
  }
  await assert.rejects(attempt('acme', undefined), { code: 'unauthenticated' });
});

test('at the handshake of a socket who is known is held against it, and who is not yet passes', async () => {
  const early = (identity: Identity | undefined) => attempt('acme', identity, confirmTenantEarly);
  assert.equal(await early(makeIdentity({ tenant: 'acme' })), reply);
  assert.equal(await early(undefined), reply);
  for (const tenant of ['globex', undefined])
    await assert.rejects(early(makeIdentity({ tenant })), { code: 'forbidden' });
});
