import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bffEnvironment } from './bff-environment.ts';

test('a BFF has what any program needs and what its entry names, and none of the secrets beside it', () => {
  const gateway = {
    PATH: '/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
    NODE_ENV: 'production',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
    ADMIN_TOKEN: 'canary',
    FRONTDESK_STATE: 'primary',
    AWS_SECRET_ACCESS_KEY: 'canary',
    SHOP_URL: 'http://shop',
    unset: undefined,
  };
  const any = {
    PATH: '/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
    NODE_ENV: 'production',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
  };
  assert.deepEqual(bffEnvironment(gateway), any);
  assert.deepEqual(bffEnvironment(gateway, ['SHOP_URL', 'NOT_SET', 'unset']), {
    ...any,
    SHOP_URL: 'http://shop',
  });
});
