import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileBackend, json } from './backend.ts';
import { defineBackends } from './definition.ts';

describe('defineBackends', () => {
  it('refuses what is no path, and a batch that could not be split', () => {
    const batch = { path: '/users', param: 'ids', key: 'id' };
    assert.throws(() => defineBackends({ users: { get: { 'users/{id}': json() } } }), /no path template/);
    assert.throws(
      () => defineBackends({ users: { get: { '/users/{id}/{other}': json({ batch }) } } }),
      /exactly one parameter/,
    );
    assert.throws(
      () => defineBackends({ users: { post: { '/users/{id}': json({ batch }) } } }),
      /must be a get/,
    );
  });
});

describe('compileBackend', () => {
  it('puts literal paths before those with parameters, which they would fit as well', () => {
    const compiled = compileBackend('users', { get: { '/users/{id}': json(), '/users/me': json() } });
    assert.deepEqual(
      compiled.map(({ template }) => template.source),
      ['/users/me', '/users/{id}'],
    );
  });
});
