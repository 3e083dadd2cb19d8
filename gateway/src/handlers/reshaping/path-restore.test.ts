import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRestore, SharedRestores } from './path-restore.ts';
import { compileRewrite } from './path-rewrite.ts';

test('the way back is known for prefixes and for parameters that are whole segments', () => {
  const restore = compileRestore('/api/users/*', '/users/*');
  assert.equal(restore('/users/43'), '/api/users/43');
  assert.equal(restore('/users'), '/api/users');
  assert.equal(restore('/users/'), '/api/users/');
  assert.equal(restore('/usersX'), undefined);
  assert.equal(restore('/login'), undefined);
  assert.equal(compileRestore('/api/*', undefined)('/x'), '/x');
  assert.equal(compileRestore('/api/*', '/*')('/'), '/api/');
  assert.equal(compileRestore('/*', '/base/*')('/base'), '/');
  assert.equal(compileRestore('/t/:id', '/u/:id')('/u/7'), '/t/7');
  assert.equal(compileRestore('/t/:id', '/u/:id')('/u/7/x'), undefined);
  assert.equal(compileRestore('/t/:id', '/u/:id')('/u/'), undefined);
  assert.equal(compileRestore('/:b/of/:a', '/x/:a/:b')('/x/1%2F/2'), '/2/of/1%2F');
});

test('what cannot be told is not guessed', () => {
  assert.equal(compileRestore('/t/:tenant/u/:id', '/u/:id')('/u/7'), undefined);
  assert.equal(compileRestore('/t/:id', '/u/x-:id')('/u/x-7'), undefined);
  assert.equal(compileRestore('/t/:id', '/u/:id/:id')('/u/1/2'), undefined);
  assert.equal(compileRestore('~^/t/(?<id>.+)$', '/u/:id')('/u/7'), undefined);
});

test('property: for prefixes, back and forth is where it began', () => {
  const rest = fc.stringMatching(/^[a-z0-9%/]{1,20}$/).filter((text) => !text.startsWith('/'));
  fc.assert(
    fc.property(rest, (text) => {
      const sent = compileRewrite('/inside/*', 'segments')(`/outside/${text}`, { '*': text });
      assert.equal(compileRestore('/outside/*', '/inside/*')(sent), `/outside/${text}`);
    }),
  );
});

test('another route of the upstream knows the way; of several the one that is most like the asking one', () => {
  const shared = new SharedRestores();
  for (const version of ['v1', 'v2']) {
    shared.add({ template: `/${version}/invoices`, rewrite: '/invoices' });
    shared.add({ template: `/${version}/invoices/:id`, rewrite: '/invoices/:id' });
  }
  shared.add({ template: '/status/*', rewrite: undefined });
  shared.add({ template: '/any/*', rewrite: '/*' });
  assert.equal(shared.for('/v1/invoices')('/invoices/7'), '/v1/invoices/7');
  assert.equal(shared.for('/v2/invoices')('/invoices/7'), '/v2/invoices/7');
  assert.equal(shared.for('/v2/invoices')('/status/7'), '/status/7');
  assert.equal(shared.for('/v2/invoices')('/else'), '/any/else');
  assert.equal(new SharedRestores().for('/a')('/b'), undefined);
});
