import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityTokenFields, identityTokensOf } from './identity-tokens.ts';
import { configSchema } from './schema.ts';

const url = 'http://127.0.0.1:1';

test('there are settings where somebody asks for tokens, and none otherwise', () => {
  assert.equal(identityTokensOf(configSchema.parse({ upstreams: { a: { url } } })), undefined);
  const asked = configSchema.parse({ upstreams: { a: { url, identityToken: {} } } });
  assert.equal(identityTokensOf(asked)?.issuer, 'frontdesk');
  const said = configSchema.parse({ auth: { identityTokens: { issuer: 'x', publish: false } } });
  assert.equal(identityTokensOf(said)?.issuer, 'x');
});

test('fields that carry them are known, but for the one in which clients show their own', () => {
  const { upstreams } = configSchema.parse({
    upstreams: {
      a: { url, identityToken: {} },
      b: { url, identityToken: {} },
      c: { url, identityToken: { header: 'X-Caller' } },
      d: { url, identityToken: { header: 'authorization' } },
      e: { url },
    },
  });
  assert.deepEqual(identityTokenFields(upstreams), ['x-identity-token', 'x-caller']);
});
