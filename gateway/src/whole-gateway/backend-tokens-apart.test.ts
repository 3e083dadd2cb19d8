/** Nobody gets what was fetched with the token of another, whatever else the two have in common. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiKey } from '../auth/consumers/api-key.ts';
import { jwksOf, makeKey, signToken } from '../auth/testing/issuer.ts';
import { tokenService } from '../auth/testing/token-service.ts';
import { gateway, httpBackend } from './proxied.fixture.ts';

const key = makeKey('k1', 'ES256');
const { key: apiKey, sha256 } = createApiKey('k1');
const issuer = 'https://issuer.example';

function tokenOf(sub: string): string {
  const now = Math.floor(Date.now() / 1000);
  return signToken(key, { iss: issuer, aud: 'frontdesk', sub, iat: now, exp: now + 600 });
}

for (const all of [true, false]) {
  test(`two people behind one API key (${all ? 'all' : 'any'}) share no reply, at once and later`, async (t) => {
    const { endpoint } = await tokenService(t);
    const { url } = await httpBackend(t, ({ headers }, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60' });
      // Late enough for calls that come together to be shared.
      setTimeout(() => response.end(headers.authorization), 50);
    });
    const schemes = ['apiKey', 'jwt'];
    const { host } = await gateway(t, {
      auth: { jwt: { issuer, audience: 'frontdesk', keys: jwksOf(key), algorithms: ['ES256'] }, apiKey: {} },
      consumers: [{ id: 'acme', apiKeys: [{ id: 'k1', sha256 }] }],
      upstreams: {
        stock: {
          url,
          cache: {},
          credentials: {
            exchange: { tokenEndpoint: endpoint, client: { id: 'frontdesk', secret: 'a secret' } },
          },
        },
      },
      routes: [
        { match: { path: '/stock' }, to: { upstream: 'stock' }, auth: all ? { all: schemes } : schemes },
      ],
    });
    const ask = async (token: string): Promise<string> => {
      const headers = { 'x-api-key': apiKey, authorization: `Bearer ${token}` };
      return (await fetch(`http://${host}/stock`, { headers })).text();
    };
    const [alice, bob] = [tokenOf('alice'), tokenOf('bob')];
    const both = async () => [await Promise.all([ask(alice), ask(bob)]), [await ask(alice), await ask(bob)]];
    for (const [hers, his] of await both()) {
      assert.ok(hers?.endsWith(alice.slice(-8)), 'her own token');
      assert.ok(his?.endsWith(bob.slice(-8)), 'his own token');
    }
  });
}
