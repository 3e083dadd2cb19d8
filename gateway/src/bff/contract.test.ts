import assert from 'node:assert/strict';
import { it } from 'node:test';
import { contract, type SchemaTypes } from './contract.ts';

it('holds the scopes that there are, and types alone beside them', () => {
  assert.deepEqual(contract<SchemaTypes>()({ scopes: ['a:read'] }), { scopes: ['a:read'] });
  assert.deepEqual(contract<SchemaTypes>()({}), {});
});
