import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { Search } from './search.ts';

const client = { scheme: 'http' };

test('it holds the path in matchable form, its segments and one view of the request', () => {
  const request = {
    method: 'GET',
    host: 'h',
    path: '/a;x/b/',
    query: '',
    headers: new HeaderFields(),
    client,
  };
  const search = new Search(request);
  assert.deepEqual([search.path, search.slashed, search.segments], ['/a/b', '/a/b/', ['a', 'b']]);
  assert.equal(search.view, search.view);
  assert.deepEqual(new Search({ ...request, path: '/' }).segments, []);
  for (const path of ['/', '/a', '/a/b', '/a/b;c']) {
    assert.equal(new Search({ ...request, path }).slashed, undefined, path);
  }
  search.allow(['GET']);
  search.allow(['PUT']);
  assert.deepEqual([...(search.allowed ?? [])], ['GET', 'PUT']);
});
