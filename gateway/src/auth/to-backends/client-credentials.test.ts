import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { bearerOf, ClientCredentials } from './client-credentials.ts';
import { RenewedToken } from './renewed-token.ts';

test('the field carries the token that was granted, at once where it is known', async () => {
  const clock = new ManualClock();
  const forms: unknown[] = [];
  const kept = new RenewedToken({ clock, random: () => 0, defaultLifetimeMs: 60_000 });
  const own = new ClientCredentials({
    kept,
    request: async (form) => {
      forms.push(form);
      return { value: `t${forms.length}`, lifetimeMs: undefined };
    },
    target: { scopes: ['a'], resource: 'urn:x' },
  });
  assert.equal(await own.valueFor(), 'Bearer t1');
  assert.equal(own.valueFor(), 'Bearer t1');
  assert.deepEqual(forms, [{ grant_type: 'client_credentials', scope: 'a', resource: 'urn:x' }]);
  clock.advance(6000);
  assert.equal(own.refused(undefined, 'Bearer t1'), true);
  assert.equal(await own.valueFor(), 'Bearer t2');
  assert.equal(bearerOf('x'), 'Bearer x');
});
