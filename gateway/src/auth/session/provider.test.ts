import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { UpstreamRequest } from '../../core/upstream-call.ts';
import { IssuerMetadata } from '../jwt/issuer-metadata.ts';
import { GrantRefused, Provider } from './provider.ts';

const ISSUER = 'https://id.example';

const full = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize?tenant=a`,
  token_endpoint: `${ISSUER}/token`,
  revocation_endpoint: `${ISSUER}/revoke`,
  end_session_endpoint: `${ISSUER}/end`,
};

function setUp(
  answer: { status?: number; members?: unknown } = {},
  metadata: Record<string, unknown> = full,
) {
  const clock = new ManualClock();
  const requests: UpstreamRequest[] = [];
  const { status = 200, members = {} } = answer;
  const provider = new Provider({
    config: {
      ...{ issuer: ISSUER, origin: 'https://app.example', path: '/auth', client: { id: 'gateway' } },
      ...{ scopes: ['openid', 'a'], resource: 'urn:api', parameters: { prompt: 'consent', state: 'forged' } },
      ...{ timeout: 1000, afterLogout: '/bye' },
    },
    metadata: new IssuerMetadata({ issuer: ISSUER, fetchMetadata: async () => metadata, clock }),
    source: {
      context: () => contextOn(clock),
      callUpstream: async (request) => {
        requests.push(request);
        const body = new WholeBody(typeof members === 'string' ? members : JSON.stringify(members));
        const settled = Promise.resolve({ kind: 'complete', bytes: 0 } as const);
        return { status, headers: new HeaderFields(), body, settled };
      },
    },
    upstreamOf: (origin) => `to ${origin}`,
    fields: async (audience) => ({ client_assertion: `for ${audience}` }),
  });
  const sent = () => {
    const { body } = requests.at(-1) ?? {};
    return body instanceof WholeBody
      ? Object.fromEntries(new URLSearchParams(String(Buffer.from(body.bytes))))
      : {};
  };
  return { provider, requests, sent };
}

const good = { access_token: 'a', token_type: 'bearer', expires_in: 60, refresh_token: 'r', id_token: 'i' };

test('a login asks for a code, bound by PKCE, and no parameter of the configuration overrides that', async () => {
  const { provider } = setUp();
  const url = await provider.authorizationUrl({ state: 's', nonce: 'n', verifier: 'v' });
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    ...{ tenant: 'a', prompt: 'consent', state: 's', nonce: 'n', response_type: 'code', scope: 'openid a' },
    ...{ client_id: 'gateway', redirect_uri: 'https://app.example/auth/callback', resource: 'urn:api' },
    code_challenge: createHash('sha256').update('v').digest('base64url'),
    code_challenge_method: 'S256',
  });
});

test('codes and refresh tokens are exchanged once each, as the gateway', async () => {
  const { provider, requests, sent } = setUp({ members: good });
  const tokens = await provider.exchange('c', 'v');
  assert.deepEqual(tokens, {
    ...{ accessToken: 'a', lifetimeS: 60, refreshToken: 'r', idToken: 'i', scope: undefined },
  });
  assert.deepEqual(sent(), {
    ...{ grant_type: 'authorization_code', code: 'c', code_verifier: 'v', resource: 'urn:api' },
    ...{ redirect_uri: 'https://app.example/auth/callback', client_assertion: `for ${ISSUER}` },
  });
  await provider.refresh('r');
  assert.deepEqual([sent().grant_type, sent().refresh_token], ['refresh_token', 'r']);
  assert.deepEqual(
    requests.map(({ upstream, method, path, idempotent }) => [upstream, method, path, idempotent]),
    [1, 2].map(() => [`to ${ISSUER}`, 'POST', '/token', false]),
  );
});

test('what the provider refuses is told from what it could not do', async () => {
  const refused = setUp({ status: 400, members: { error: 'invalid_grant' } });
  await assert.rejects(refused.provider.refresh('r'), GrantRefused);
  for (const [status, members] of [
    [401, { error: 'invalid_client' }],
    [400, { error: 'unauthorized_client' }],
    [500, 'oops'],
    [302, {}],
  ] as const) {
    await assert.rejects(setUp({ status, members }).provider.refresh('r'), coded('upstream_unavailable'));
  }
});

test('an answer without a bearer token of a sane size is none; without a lifetime it holds five minutes', async () => {
  for (const members of [
    ...['<html>', [], {}, { ...good, token_type: 'mac' }, { ...good, access_token: 7 }],
    { ...good, access_token: 'x'.repeat(20_000) },
    { ...good, refresh_token: {} },
  ]) {
    await assert.rejects(setUp({ members }).provider.exchange('c', 'v'), coded('upstream_invalid'));
  }
  for (const lifetime of [undefined, 0, -1, 'soon', null]) {
    const { provider } = setUp({ members: { ...good, expires_in: lifetime } });
    assert.equal((await provider.exchange('c', 'v')).lifetimeS, 300);
  }
});

test('endpoints on other origins are not asked, and what is not there is left out', async () => {
  const elsewhere = setUp({ members: good }, { ...full, token_endpoint: 'https://evil.example/token' });
  await assert.rejects(elsewhere.provider.exchange('c', 'v'), coded('upstream_invalid'));
  assert.equal(elsewhere.requests.length, 0);
  const { provider, sent } = setUp();
  const out = await provider.logoutUrl();
  assert.equal(
    out?.href,
    `${ISSUER}/end?client_id=gateway&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye`,
  );
  await provider.revoke('r');
  assert.equal(sent().token, 'r');
  const bare = setUp({}, { issuer: ISSUER });
  await bare.provider.revoke('r');
  assert.equal(bare.requests.length, 0);
  assert.deepEqual([await bare.provider.logoutUrl(), await bare.provider.sendsIssuer()], [undefined, false]);
  await assert.rejects(setUp({ status: 503 }).provider.revoke('r'), coded('upstream_invalid'));
});
