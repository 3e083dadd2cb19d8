import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { UpstreamRequest } from '../../core/upstream-call.ts';
import { RefusedGrantError, tokenEndpoint } from './token-endpoint.ts';

async function ask(answer: unknown, status = 200) {
  const sent: UpstreamRequest[] = [];
  const request = tokenEndpoint({
    source: {
      callUpstream: async (call) => {
        sent.push(call);
        const body = new WholeBody(typeof answer === 'string' ? answer : JSON.stringify(answer));
        return { status, headers: new HeaderFields(), body, settled: new Promise(() => {}) };
      },
      context: () => contextOn(new ManualClock()),
    },
    upstream: 'auth:token:x',
    endpoint: async () => new URL('https://id.example/token?x=1'),
    fields: async (audience) => ({ client_id: `for ${audience}` }),
    issuer: undefined,
    repeatable: false,
    timeoutMs: 1000,
  });
  return { token: await request({ grant_type: 'client_credentials', scope: 'a b' }), sent };
}

test('a token is asked for by a form, as the client', async () => {
  const { token, sent } = await ask({ access_token: 'abc', token_type: 'bearer', expires_in: 60 });
  assert.deepEqual(token, { value: 'abc', lifetimeMs: 60_000 });
  const [call] = sent;
  assert.deepEqual([call?.method, call?.path, call?.idempotent], ['POST', '/token?x=1', false]);
  assert.ok(call?.body instanceof WholeBody);
  assert.equal(
    Buffer.from(call.body.bytes).toString(),
    'grant_type=client_credentials&scope=a+b&client_id=for+https%3A%2F%2Fid.example%2Ftoken%3Fx%3D1',
  );
});

test('lifetimes are read as providers write them, and bounded', async () => {
  const lifetimeOf = async (expires_in: unknown) =>
    (await ask({ access_token: 'a', token_type: 'Bearer', expires_in })).token.lifetimeMs;
  assert.equal(await lifetimeOf(undefined), undefined);
  assert.equal(await lifetimeOf(null), undefined);
  assert.equal(await lifetimeOf('3600'), 3_600_000);
  assert.equal(await lifetimeOf(-5), 0);
  assert.equal(await lifetimeOf(1e300), 86_400_000);
  await assert.rejects(lifetimeOf('soon'), coded('upstream_invalid'));
});

test('what could not be sent, or means something else, is no token', async () => {
  for (const answer of [
    'no json',
    null,
    [],
    {},
    { access_token: '', token_type: 'Bearer' },
    { access_token: 'a b', token_type: 'Bearer' },
    { access_token: 'a\r\nx: y', token_type: 'Bearer' },
    { access_token: 'a'.repeat(20_000), token_type: 'Bearer' },
    { access_token: 'a', token_type: 'N_A' },
    { access_token: 'a' },
  ]) {
    await assert.rejects(ask(answer), coded('upstream_invalid'), JSON.stringify(answer)?.slice(0, 60));
  }
  await assert.rejects(ask({}, 500), coded('upstream_invalid'));
});

test('a refusal is told by its code alone', async () => {
  const refusal = {
    error: 'invalid_client',
    error_description: 'canary',
    access_token: 'canary',
    token_type: 'Bearer',
  };
  await assert.rejects(ask(refusal, 401), (error) => {
    assert.ok(error instanceof RefusedGrantError);
    assert.equal(error.error, 'invalid_client');
    assert.equal(error.code, 'upstream_credential');
    assert.doesNotMatch(`${error.detail}`, /canary/);
    return true;
  });
  await assert.rejects(ask({ error: 'Canary <b>\n' }, 400), (error) => {
    assert.ok(error instanceof RefusedGrantError);
    assert.equal(error.error, 'status 400');
    return true;
  });
});
