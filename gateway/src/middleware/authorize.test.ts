import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAuthenticator } from '../auth/authenticator.ts';
import { allOf } from '../auth/grants.ts';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { authorize } from './authorize.ts';

const authenticator: RouteAuthenticator = {
  identify: () => undefined,
  credentialHeaders: new Set(),
  challenges: (error, scope) => [['www-authenticate', `Bearer ${error} ${scope}`]],
};
const step = authorize(authenticator, { scopes: allOf(['users:read', 'users:list']), roles: [] });
const reply = makeReply(200, new HeaderFields(), emptyBody);
const attempt = (scopes: string[] | undefined) =>
  step(
    makeExchange({ identity: scopes && makeIdentity({ scopes: new Set(scopes) }) }).exchange,
    async () => reply,
  );

test('who has every scope passes, with more of them too', async () => {
  assert.equal(await attempt(['users:list', 'users:read', 'x']), reply);
});

test('one missing scope is 403, and the challenge names all that are needed', async () => {
  for (const scopes of [[], ['users:read'], ['users'], ['users:*']]) {
    await assert.rejects(attempt(scopes), (error) => {
      assert.ok(error instanceof FrontdeskError);
      assert.equal(error.code, 'insufficient_scope');
      assert.equal(error.status, 403);
      assert.deepEqual(error.headers, [
        ['www-authenticate', 'Bearer insufficient_scope users:read users:list'],
      ]);
      return true;
    });
  }
});

test('nobody is 401', async () => {
  await assert.rejects(
    attempt(undefined),
    (error) => error instanceof FrontdeskError && error.code === 'unauthenticated',
  );
});

test('of scopes of which one will do, any passes, and the challenge names the first', async () => {
  const any = authorize(authenticator, { scopes: [{ require: 'any', names: ['read', 'admin'] }], roles: [] });
  const { exchange } = makeExchange({ identity: makeIdentity({ scopes: new Set(['admin']) }) });
  assert.equal(await any(exchange, async () => reply), reply);
  await assert.rejects(
    any(makeExchange({ identity: makeIdentity() }).exchange, async () => reply),
    (error) => error instanceof FrontdeskError && error.headers[0]?.[1] === 'Bearer insufficient_scope read',
  );
});

test('a role that is lacking is 403 without a challenge: no client gets one by asking', async () => {
  const roles = authorize(authenticator, {
    scopes: [],
    roles: [{ require: 'any', names: ['clerk', 'chief'] }],
  });
  const { exchange } = makeExchange({ identity: makeIdentity({ roles: ['chief'] }) });
  assert.equal(await roles(exchange, async () => reply), reply);
  await assert.rejects(
    roles(makeExchange({ identity: makeIdentity({ roles: ['chie'] }) }).exchange, async () => reply),
    (error) => error instanceof FrontdeskError && error.code === 'forbidden' && error.headers.length === 0,
  );
});
