import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authConfig } from '../auth/authenticator.ts';
import { anyOf, NOBODY_ASKED } from '../auth/route-auth.ts';
import { bffSecurity, openapiSecurity } from './openapi-security.ts';

const auth = authConfig.parse({
  jwt: { issuer: 'https://idp.test', audience: 'x' },
  apiKey: { header: 'x-key' },
});

test('each scheme is described, and any of them will do, or all of them, or none', () => {
  const jwt = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };
  const apiKey = { type: 'apiKey', in: 'header', name: 'x-key' };
  assert.deepEqual(openapiSecurity(auth, anyOf(['jwt', 'apiKey', 'anonymous'])), {
    schemes: { jwt, apiKey },
    requirements: [{ jwt: [] }, { apiKey: [] }, {}],
  });
  const both = { require: 'all', schemes: ['jwt', 'apiKey'], anonymous: false } as const;
  assert.deepEqual(openapiSecurity(auth, both)?.requirements, [{ jwt: [], apiKey: [] }]);
  assert.equal(openapiSecurity(auth, NOBODY_ASKED), undefined);
});

test('a BFF that names none takes every configured one', () => {
  assert.deepEqual(bffSecurity({ auth }, { auth: undefined })?.requirements, [{ jwt: [] }, { apiKey: [] }]);
});
