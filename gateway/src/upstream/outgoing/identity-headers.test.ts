import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { identity } from '../testing/harness.ts';
import { appendIdentity, identityHeadersConfig } from './identity-headers.ts';

const names = identityHeadersConfig.parse({});

function fields(more: Parameters<typeof identity>[0]): Record<string, string> {
  const flat: string[] = [];
  appendIdentity(flat, names, identity(more));
  return Object.fromEntries(
    Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? '']),
  );
}

test('an identity becomes the contract’s fields', () => {
  const more = { roles: ['rider', 'admin'], scopes: new Set(['users:read', 'orders:read']) };
  assert.deepEqual(fields(more), {
    'x-user-id': 'u42',
    'x-user-roles': 'rider,admin',
    'x-user-scopes': 'users:read orders:read',
    'x-tenant-id': 't1',
    'x-consumer-id': 'acme',
  });
});

test('what is not known is not said', () => {
  const more = { roles: [], scopes: new Set<string>(), tenant: undefined, consumer: undefined };
  assert.deepEqual(fields(more), { 'x-user-id': 'u42' });
});

test('B41: what cannot stand in a field is percent-encoded', () => {
  assert.equal(fields({ subject: 'a\r\nX-Admin: 1' })['x-user-id'], 'a%0D%0AX-Admin:%201');
  assert.equal(fields({ subject: 'zoë' })['x-user-id'], 'zo%C3%AB');
  assert.equal(fields({ roles: ['a,b', 'c d'] })['x-user-roles'], 'a%2Cb,c%20d');
  assert.equal(fields({ subject: 'auth0|7,x@y.z' })['x-user-id'], 'auth0|7,x@y.z');
});

test('an oversized or malformed identity is refused', () => {
  assert.throws(() => fields({ subject: 'x'.repeat(5000) }), /credentials/);
  assert.throws(() => fields({ subject: '\udc00' }), /credentials/);
});

test('property: values are safe field values, and no two subjects or role lists look alike', () => {
  const subject = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(subject, subject, (a, b) => {
      fc.pre(a.isWellFormed() && b.isWellFormed());
      const [x, y] = [fields({ subject: a })['x-user-id'] ?? '', fields({ subject: b })['x-user-id'] ?? ''];
      assert.match(x, /^[\x21-\x7e]+$/);
      assert.equal(x === y, a === b);
      assert.equal(decodeURIComponent(x), a);
    }),
  );
  const list = fc.array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(list, (roles) => {
      const value = fields({ roles })['x-user-roles'] ?? '';
      assert.deepEqual(value.split(',').map(decodeURIComponent), roles);
    }),
  );
});
