/** Tokens that prove nothing get a 401 with a challenge, and no backend hears of the request. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { section } from '../stack/config.ts';
import { freePorts } from '../stack/ports.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { ask } from './client.ts';

/** An issuer of the test's own, for it must sign what no honest provider would. */
const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
const stranger = await generateKeyPair('RS256');
let issuer: string;
let keys: Server;
let stack: Stack;

describe('tokens that prove nothing', () => {
  before(async () => {
    const jwk = { ...(await exportJWK(publicKey)), kid: 'known', alg: 'RS256', use: 'sig' };
    keys = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    });
    const [port = 0] = await freePorts(1);
    await new Promise<void>((resolve) => keys.listen(port, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${port}`;
    stack = await startStack({
      name: 'bad-tokens',
      edit(config) {
        const jwt = section(section(config, 'auth'), 'jwt');
        // So many bad tokens of one address are a flood otherwise.
        const auth = { ...section(config, 'auth'), failures: 'unlimited' };
        config.auth = { ...auth, jwt: { ...jwt, issuer, jwksUri: `${issuer}/jwks` } };
      },
    });
  });
  after(async () => {
    await stack?.close();
    keys.close();
    keys.closeAllConnections();
  });

  const now = () => Math.floor(Date.now() / 1000);

  function claims(over: JWTPayload = {}): JWTPayload {
    const base = {
      iss: issuer,
      aud: 'frontdesk',
      sub: '42',
      client_id: 'mobile-app',
      scope: 'dashboard:read users:read',
    };
    return { ...base, iat: now(), exp: now() + 600, jti: crypto.randomUUID(), ...over };
  }

  function sign(payload: JWTPayload, kid = 'known', key = privateKey): Promise<string> {
    return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid }).sign(key);
  }

  function unsigned(payload: JWTPayload): string {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(payload)}.`;
  }

  async function confused(payload: JWTPayload): Promise<string> {
    const secret = new TextEncoder().encode(await exportSPKI(publicKey));
    return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', kid: 'known' }).sign(secret);
  }

  test('a good token is let in', async () => {
    const { status } = await ask(`${stack.url}/mobile/dashboard`, { token: await sign(claims()) });
    assert.equal(status, 200);
  });

  async function assertRefused(token: string): Promise<void> {
    const backends = Object.values(stack.backends);
    await Promise.all(backends.map((backend) => backend.forget()));
    for (const path of ['/mobile/dashboard', '/web/dashboard', '/graphql?query=%7Bme%7Bname%7D%7D']) {
      const { status, headers } = await ask(`${stack.url}${path}`, { token });
      assert.equal(status, 401, path);
      assert.match(headers.get('www-authenticate') ?? '', /^Bearer /, path);
      assert.match(headers.get('content-type') ?? '', /json/, path);
    }
    const counts = await Promise.all(backends.map((backend) => backend.count()));
    assert.deepEqual(
      counts,
      counts.map(() => 0),
    );
  }

  describe('is refused:', () => {
    const bad: Readonly<Record<string, () => string | Promise<string>>> = {
      'an expired token': () => sign(claims({ exp: now() - 3_600, iat: now() - 7_200 })),
      'a token before its time': () => sign(claims({ nbf: now() + 3_600 })),
      "another audience's": () => sign(claims({ aud: 'somebody-else' })),
      "another issuer's": () => sign(claims({ iss: 'http://127.0.0.1:1' })),
      'alg none': () => unsigned(claims()),
      'HS256 with the public key as its secret': () => confused(claims()),
      'an unknown kid': () => sign(claims(), 'unknown', stranger.privateKey),
      "a stranger's signature under a known kid": () => sign(claims(), 'known', stranger.privateKey),
      'a token without expiry': () => {
        const { exp: _exp, ...eternal } = claims();
        return sign(eternal);
      },
      'no token at all': () => 'not-a-token',
    };
    for (const [name, make] of Object.entries(bad)) test(name, async () => assertRefused(await make()));

    test('a revoked token, although it was good and is cached', async () => {
      const payload = claims();
      const token = await sign(payload);
      assert.equal((await ask(`${stack.url}/mobile/dashboard`, { token })).status, 200);
      const revoked = await ask(`${stack.adminUrl}/admin/revocations`, {
        method: 'POST',
        body: { jti: payload.jti, expiresAt: payload.exp },
      });
      assert.equal(revoked.status, 204);
      await assertRefused(token);
    });
  });
});
