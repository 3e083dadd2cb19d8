import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authConfig } from './authenticator.ts';
import { credentialFields } from './credential-fields.ts';

test("the configuration's own fields for credentials; those of every scheme are in identities.test.ts", () => {
  assert.deepEqual(credentialFields(authConfig.parse({ apiKey: { header: 'X-My-Key' } })), ['x-my-key']);
  assert.deepEqual(credentialFields(authConfig.parse(undefined)), []);
});
