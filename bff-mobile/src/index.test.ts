import assert from 'node:assert/strict';
import { it } from 'node:test';
import bff from './index.ts';

it('exports a BFF whose screens stand where the apps look for them', () => {
  assert.equal(bff.name, 'mobile');
  assert.deepEqual(
    bff.screens.map(({ path, field }) => ({ path, field })),
    [
      { path: '/dashboard', field: 'dashboard' },
      { path: '/ride', field: 'ride' },
    ],
  );
});
