import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import { CallerTokens } from './caller-tokens.ts';
import { ClientCredentials, targetFields } from './client-credentials.ts';
import { ExchangedTokens } from './exchanged-tokens.ts';
import { RenewedToken } from './renewed-token.ts';
import { RefusedGrantError, type RequestToken } from './token-endpoint.ts';
import { TokenExchange, type TokenExchangeOptions } from './token-exchange.ts';

const clock = new ManualClock();
const keeping = { clock, random: () => 0, defaultLifetimeMs: 60_000 };
const from = { address: '192.0.2.1', scheme: 'http' } as const;

function rig(request: RequestToken, more: Partial<TokenExchangeOptions> = {}) {
  const callers = new CallerTokens();
  const target = { scopes: ['a', 'b'], audience: 'stock' };
  const exchange = new TokenExchange({
    ...{ callers, request, target, actor: false, withoutToken: 'refuse', upstream: 'stock' },
    tokens: new ExchangedTokens({ ...keeping, maxTokens: 10 }),
    own: new ClientCredentials({ kept: new RenewedToken(keeping), request, target }),
    ...more,
  });
  const caller = (token?: string) => {
    const identity = makeIdentity();
    if (token !== undefined) callers.keep(identity, token);
    return { ...contextOn(clock, identity), client: from };
  };
  return { exchange, caller };
}

const granting: RequestToken = async (form) => ({
  value: `${form.subject_token ?? 'own'}!`,
  lifetimeMs: 60_000,
});

test('what is asked for is left out where nothing is said of it', () => {
  assert.deepEqual(targetFields({ scopes: [] }), {});
  assert.deepEqual(targetFields({ scopes: ['a', 'b'], audience: 'x', resource: 'urn:y' }), {
    scope: 'a b',
    audience: 'x',
    resource: 'urn:y',
  });
});

test("a caller's token is exchanged; callers without one are refused, or spoken for", async () => {
  const { exchange, caller } = rig(granting);
  assert.equal(await exchange.valueFor(caller('t')), 'Bearer t!');
  assert.throws(() => exchange.valueFor(caller()), coded('forbidden'));
  assert.throws(() => exchange.valueFor({ ...contextOn(clock), client: from }), coded('forbidden'));
  const lenient = rig(granting, { withoutToken: 'client' });
  assert.equal(await lenient.exchange.valueFor(lenient.caller()), 'Bearer own!');
});

test('what the gateway asks for itself it asks as itself', async () => {
  const { exchange } = rig(granting);
  assert.equal(await exchange.valueFor(contextOn(clock)), 'Bearer own!');
  // Not so what it asks for somebody of whom no client is known any more.
  assert.throws(() => exchange.valueFor(contextOn(clock, makeIdentity())), coded('forbidden'));
});

test("what the provider says of the caller's token is the caller's matter, and all else is ours", async () => {
  const refusing =
    (error: string): RequestToken =>
    () =>
      Promise.reject(new RefusedGrantError(error));
  for (const [error, code] of [
    ['invalid_grant', 'forbidden'],
    ['invalid_request', 'forbidden'],
    ['access_denied', 'forbidden'],
    ['invalid_client', 'upstream_credential'],
    ['invalid_target', 'upstream_credential'],
    ['unsupported_grant_type', 'upstream_credential'],
  ] as const) {
    const { exchange, caller } = rig(refusing(error));
    await assert.rejects(async () => exchange.valueFor(caller('t')), coded(code), error);
  }
});

test('a refused token is forgotten under whom it was had for', async () => {
  const { exchange, caller } = rig(granting);
  const context = caller('t');
  await exchange.valueFor(context);
  assert.equal(exchange.refused(context, 'Bearer t!'), false);
  clock.advance(6000);
  assert.equal(exchange.refused(context, 'Bearer t!'), true);
  assert.equal(exchange.refused(caller(), 'Bearer own!'), true);
});
