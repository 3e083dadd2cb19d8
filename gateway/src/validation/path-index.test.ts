import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathIndex } from './path-index.ts';

const index = new PathIndex(
  [
    '/users/{id}',
    '/users/me',
    '/{any}/me',
    '/files/{name}.{ext}',
    '/files/v{n}',
    '/exports/{name}.json',
    '/a b',
    '/',
    '/users/{id}/orders/{order}',
  ].map((template) => [template, template] as const),
);

test('what is written out comes first', () => {
  for (const [path, template, params] of [
    ['/users/me', '/users/me', {}],
    ['/users/7', '/users/{id}', { id: '7' }],
    ['/x/me', '/{any}/me', { any: 'x' }],
    ['/files/a.tar.gz', '/files/{name}.{ext}', { name: 'a', ext: 'tar.gz' }],
    ['/files/v12', '/files/v{n}', { n: '12' }],
    ['/exports/a.json.json', '/exports/{name}.json', { name: 'a.json' }],
    ['/a%20b', '/a b', {}],
    ['/', '/', {}],
    ['/users/a%2Cb/orders/9', '/users/{id}/orders/{order}', { id: 'a%2Cb', order: '9' }],
  ] as const) {
    const found = index.find(path);
    assert.deepEqual(found && [found.value, { ...found.params }], [template, params], path);
  }
});

test('no path is of a template that is another', () => {
  for (const path of [
    '/users',
    '/users/',
    '/users/7/',
    '/users/7/orders',
    '/files/.x',
    '/files/x.',
    '/files/v',
    '/Users/7',
    '/exports/.json',
    '/exports/a.json.txt',
  ]) {
    assert.equal(index.find(path), undefined, path);
  }
});
