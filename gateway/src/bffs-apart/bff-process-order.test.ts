import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { type BffProcessOrder, ORDER_VARIABLE, readOrder, underOrder } from './bff-process-order.ts';

const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const KEYS = { keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid: 'k1', use: 'sig', alg: 'EdDSA' }] };
const ORDER: BffProcessOrder = {
  package: '@acme/web',
  mount: '/web',
  socket: '/run/web.sock.1',
  anonymous: false,
  identity: { issuer: 'frontdesk', audience: 'web', keys: KEYS },
};

function configOf(more: object = {}) {
  return configSchema.parse({
    listen: { host: '0.0.0.0', port: 4020, limits: { urlSize: '1KiB' } },
    admin: { port: 4021 },
    auth: { jwt: { issuer: 'https://id.example', audience: 'a' }, apiKey: { header: 'x-api-key' } },
    bffs: [{ package: '@acme/web', mount: '/own', scopes: ['web'], auth: 'none' }],
    ...more,
  });
}

test('an order comes by the environment', () => {
  assert.equal(readOrder({}), undefined);
  assert.deepEqual(readOrder({ [ORDER_VARIABLE]: JSON.stringify(ORDER) }), ORDER);
  assert.throws(() => readOrder({ [ORDER_VARIABLE]: '{}' }));
});

test('under an order it listens where it is looked for, and on no port of its own', () => {
  const { listen, admin, workers } = underOrder(configOf(), ORDER);
  assert.deepEqual([listen.socket, listen.tls, workers], ['/run/web.sock.1', undefined, 1]);
  assert.deepEqual([admin?.host, admin?.port], ['127.0.0.1', 0]);
  assert.equal(listen.limits.urlSize, 1024, 'its own bounds stay');
  assert.equal(listen.trustedProxies?.deadline, 'x-deadline-ms');
});

test('it believes who asks by the signed word of the gateway alone, and leaves its other guards', () => {
  const { auth, bffs } = underOrder(configOf(), ORDER);
  const [gateway, other] = auth.jwt ?? [];
  assert.deepEqual(
    [gateway?.issuer, gateway?.audience, gateway?.types, gateway?.algorithms, other?.issuer],
    ['frontdesk', 'web', ['frontdesk-identity+jwt'], ['EdDSA'], 'https://id.example'],
  );
  assert.equal(gateway?.endsStreams, false, 'its tokens live for a minute, and streams for hours');
  const [bff] = bffs;
  assert.deepEqual(bff?.auth, { require: 'any', schemes: ['jwt'], anonymous: false });
  assert.deepEqual([bff?.mount, bff?.limit, bff?.scopes.names], ['/web', 'unlimited', ['web']]);
  assert.equal(underOrder(configOf(), { ...ORDER, anonymous: true }).bffs[0]?.auth?.anonymous, true);
});

test('of several BFFs it serves its own; a file without one is refused', () => {
  const two = configOf({
    bffs: [
      { package: './other', mount: '/other' },
      { package: '@acme/web', mount: '/own' },
    ],
  });
  assert.deepEqual(
    underOrder(two, ORDER).bffs.map(({ package: name }) => name),
    ['@acme/web'],
  );
  // As the package names itself.
  const itself = configOf({ bffs: [{ package: './index.ts', mount: '/own' }] });
  assert.equal(underOrder(itself, ORDER).bffs[0]?.package, './index.ts');
  assert.throws(
    () => underOrder(configOf({ bffs: [] }), ORDER),
    /no entry under bffs with the package @acme\/web/,
  );
});
