import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { compileRewrite, rewriteParams } from './path-rewrite.ts';

test('the rest and named parameters go in as they came, percent-encoding and all', () => {
  assert.equal(
    compileRewrite('/users/*', 'segments')('/api/users/4%2F2/x', { '*': '4%2F2/x' }),
    '/users/4%2F2/x',
  );
  assert.equal(compileRewrite('/*')('/api/users/42', { '*': 'users/42' }), '/users/42');
  assert.equal(
    compileRewrite('/v2/:tenant/users/:id')('/t/a%20b/u/7', { tenant: 'a%20b', id: '7' }),
    '/v2/a%20b/users/7',
  );
  assert.equal(compileRewrite('/fixed')('/anything', {}), '/fixed');
});

test('a rest that begins with a slash makes no second one', () => {
  assert.equal(compileRewrite('/users/*')('/api/users/42', { '*': '/42' }), '/users/42');
});

test('an empty rest keeps the slash at the end only where there was one', () => {
  assert.equal(compileRewrite('/users/*')('/api/users', { '*': '' }), '/users');
  assert.equal(compileRewrite('/users/*')('/api/users', {}), '/users');
  assert.equal(compileRewrite('/users/*')('/api/users/', { '*': '' }), '/users/');
  assert.equal(compileRewrite('/*')('/api', { '*': '' }), '/');
});

test('a path that would read as a host is refused', () => {
  const rewrite = compileRewrite('/:first/x');
  assert.throws(
    () => rewrite('/api', { first: '' }),
    (error) => error instanceof FrontdeskError && error.code === 'bad_request',
  );
});

test('a template must be a path', () => {
  for (const bad of ['users/*', '//evil/*', '', 'http://evil/'])
    assert.throws(() => compileRewrite(bad), RangeError);
});

test('what a template asks for can be checked against its route', () => {
  assert.deepEqual(rewriteParams('/a/:one/b/:two_2/*'), ['one', 'two_2', '*']);
  assert.deepEqual(rewriteParams('/plain'), []);
});

test('a name of Object.prototype is no parameter', () => {
  assert.equal(compileRewrite('/a/:constructor')('/x', {}), '/a/');
});

test('pieces that a regular expression cut out never make a dot segment or an empty one', () => {
  const rewritten = compileRewrite('/v2/:a/x:b', 'pieces');
  assert.equal(rewritten('/', { a: 'p/q', b: 'y' }), '/v2/p/q/xy');
  for (const params of [
    { a: '..', b: '' },
    { a: '/p', b: '' },
    { a: 'p', b: '/.' },
    { a: '', b: '' },
  ]) {
    assert.throws(() => rewritten('/', params), { code: 'bad_request' }, JSON.stringify(params));
  }
});
