import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { credentialField, credentialsConfig, setCredential, staticField } from './credentials.ts';

const messages = (written: unknown) =>
  (credentialsConfig.safeParse(written).error?.issues ?? []).map(({ message }) => message).join('; ');

test('the credential replaces whatever stands under its name', () => {
  const headers = new HeaderFields(['x-gateway', 'a', 'x', 'y', 'x-gateway', 'b']);
  const field = staticField(credentialsConfig.parse({ header: { name: 'X-Gateway', value: 's3cret' } }));
  assert.ok(field);
  setCredential(headers, field);
  assert.deepEqual(headers.flat, ['x-gateway', 's3cret', 'x', 'y']);
});

test('a value that would split the header is refused as configuration', () => {
  for (const value of ['', 'a\r\nb', 'é', 'a\0']) {
    assert.notEqual(messages({ header: { name: 'x', value } }), '', JSON.stringify(value));
    assert.notEqual(messages({ bearer: value }), '', JSON.stringify(value));
  }
  assert.match(messages({ header: { name: 'x y', value: 'z' } }), /header name/);
  assert.match(messages({ basic: { user: 'a:b', password: 'p' } }), /without a colon/);
});

test('bearer and basic are short for a field', () => {
  assert.deepEqual(staticField(credentialsConfig.parse({ bearer: 'abc.def' })), {
    name: 'authorization',
    value: 'Bearer abc.def',
  });
  const basic = staticField(credentialsConfig.parse({ basic: { user: 'gate', password: 'ü:p' } }));
  assert.equal(basic?.value, `Basic ${Buffer.from('gate:ü:p').toString('base64')}`);
});

test('tokens that are asked for need a place and a client, and are no static field', () => {
  const client = { id: 'gateway', secret: 's' };
  const tokenEndpoint = 'https://id.example/token';
  const oauth = credentialsConfig.parse({ oauth: { tokenEndpoint, client } });
  assert.equal(staticField(oauth), undefined);
  assert.equal(credentialField(oauth), 'authorization');
  assert.equal(oauth.oauth?.timeout, 2000);
  assert.match(messages({ oauth: { client } }), /expected tokenEndpoint, or issuer/);
  assert.match(messages({ exchange: { client, tokenEndpoint, discovery: tokenEndpoint } }), /not both/);
  assert.match(messages({ oauth: { client, tokenEndpoint, resource: 'https://x.example/#a' } }), /fragment/);
  assert.match(messages({ oauth: { client, tokenEndpoint, scopes: ['a b'] } }), /expected a scope/);
  assert.match(messages({ bearer: 'a', basic: { user: 'u', password: 'p' } }), /exactly one of/);
  assert.match(messages({}), /exactly one of/);
});
