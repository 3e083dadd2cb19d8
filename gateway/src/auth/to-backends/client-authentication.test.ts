import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { jwtVerify } from 'jose';
import { ManualClock } from '../../core/manual-clock.ts';
import { type OauthClientConfig, oauthClientConfig } from '../../settings/oauth-client.ts';
import { basicCredential, clientFields } from './client-authentication.ts';

const clientOf = (client: object): OauthClientConfig =>
  oauthClientConfig.parse({ id: 'gate way', ...client });

test('a Basic credential has id and secret encoded as in a form', () => {
  const basic = basicCredential(clientOf({ secret: 'a:b+c ü' }));
  assert.equal(
    Buffer.from(basic?.slice('Basic '.length) ?? '', 'base64').toString(),
    'gate+way:a%3Ab%2Bc+%C3%BC',
  );
  assert.equal(basicCredential(clientOf({ secret: 's', method: 'client_secret_post' })), undefined);
});

test('a secret may stand in the form instead', async () => {
  const clock = new ManualClock();
  const post = clientFields(clientOf({ secret: 's', method: 'client_secret_post' }), clock);
  assert.deepEqual(await post('x'), { client_id: 'gate way', client_secret: 's' });
  assert.deepEqual(await clientFields(clientOf({ secret: 's' }), clock)('x'), {});
});

test('an assertion is signed anew for each request, for its audience, and holds a minute', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const clock = new ManualClock();
  const fields = clientFields(
    clientOf({ method: 'private_key_jwt', key, keyId: 'k1', algorithm: 'ES256' }),
    clock,
  );
  const [first, second] = [await fields('https://id.example'), await fields('https://id.example')];
  assert.notEqual(first.client_assertion, second.client_assertion);
  assert.equal(first.client_assertion_type, 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  const { payload, protectedHeader } = await jwtVerify(first.client_assertion ?? '', publicKey, {
    issuer: 'gate way',
    subject: 'gate way',
    audience: 'https://id.example',
    currentDate: new Date(clock.wall()),
  });
  assert.deepEqual([protectedHeader.alg, protectedHeader.kid], ['ES256', 'k1']);
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 60);
  assert.equal(typeof payload.jti, 'string');
});
