import assert from 'node:assert/strict';
import { it } from 'node:test';
import bff from './index.ts';

it('exports a BFF whose operations stand where the apps look for them', () => {
  assert.equal(bff.name, 'web');
  assert.deepEqual(
    bff.screens.map(({ path, field }) => ({ path, field })),
    [
      { path: '/dashboard', field: 'dashboard' },
      { path: '/orders', field: 'orders' },
      { path: '/search', field: 'search' },
      { path: '/account', field: 'account' },
    ],
  );
  assert.deepEqual(
    bff.flows.map(({ path, field, scopes }) => ({ path, field, scopes })),
    [
      { path: '/account/profile', field: 'updateProfile', scopes: ['account:write'] },
      { path: '/account/preferences', field: 'updatePreferences', scopes: ['account:write'] },
    ],
  );
});
