import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defineBackends, defineBff } from './definition.ts';
import { checkScopes } from './known-scopes.ts';

it('names a scope that there is not, and where it stands', () => {
  const known = ['a:read', 'b:read'];
  const part = { scopes: ['a:raed'] };
  const base = { kind: 'screen', field: 's', scopes: ['b:read'] };
  checkScopes([base, { ...base, parts: { one: { scopes: ['a:read'] } } }], known);
  assert.throws(() => checkScopes([{ ...base, scopes: ['c'] }], known), {
    message: 'screen s: there is no scope "c"',
  });
  for (const member of ['parts', 'steps', 'updates']) {
    assert.throws(() => checkScopes([{ ...base, [member]: { one: part } }], known), {
      message: 'screen s: one: there is no scope "a:raed"',
    });
  }
});

it('is asked when a BFF is defined', () => {
  const kit = defineBackends({}, { scopes: ['a:read'] });
  const other = defineBackends({});
  const screen = other.screen({
    path: '/s',
    field: 's',
    scopes: ['a:raed'],
    parts: { one: other.part(() => 1) },
  });
  const schema = 'type Query { s: S } type S { one: Int }';
  assert.throws(
    () => defineBff({ name: 'b', schema, backends: kit, screens: [screen] }),
    /screen s: there is no scope "a:raed"/,
  );
  defineBff({ name: 'b', schema, backends: other, screens: [screen] });
});
