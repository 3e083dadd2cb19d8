import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isRecord } from './http/request-body.ts';
import { SERVICE_NAMES, startAll, supergraphFor } from './index.ts';

const services = await startAll({ ports: 'free' });
after(() => services.close());

test('every service answers on a port of its own', async () => {
  assert.equal(new Set(SERVICE_NAMES.map((name) => services[name].port)).size, SERVICE_NAMES.length);
  for (const name of SERVICE_NAMES) {
    assert.equal(services[name].name, name);
    assert.equal((await fetch(`${services[name].url}/__stats`)).status, 200);
  }
});

test('the issuer is where the identity provider listens', async () => {
  const response = await fetch(`${services.idp.url}/.well-known/openid-configuration`);
  const document = await response.json();
  assert.ok(isRecord(document));
  assert.equal(document.issuer, services.idp.url);
  assert.equal(document.jwks_uri, `${services.idp.url}/jwks`);
});

test('the supergraph can point to them', () => {
  const sdl = supergraphFor(services);
  for (const name of ['accounts', 'products', 'orders', 'trips', 'reviews'] as const) {
    assert.ok(sdl.includes(`@join__graph(name: "${name}", url: "${services[name].url}/graphql")`), name);
  }
  assert.doesNotMatch(sdl, /:411\d\//);
});
