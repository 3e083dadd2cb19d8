import assert from 'node:assert/strict';
import { test } from 'node:test';
import { purgeRequest } from './cache-purge.ts';

test('a purge names a path, a URL, a tag or everything, of one upstream or of all', () => {
  assert.deepEqual(purgeRequest({ url: '/a?b=1', upstream: 'catalog' }), {
    upstream: 'catalog',
    purge: { kind: 'uri', uri: '/a?b=1' },
  });
  assert.deepEqual(purgeRequest({ url: 'https://shop.example/a?b=1' }), {
    upstream: undefined,
    purge: { kind: 'uri', uri: '/a?b=1' },
  });
  assert.deepEqual(purgeRequest({ tag: 'p1' }).purge, { kind: 'tag', tag: 'p1' });
  assert.deepEqual(purgeRequest({ all: true }).purge, { kind: 'all' });
});

test('none or several of them, an unknown word and what is no URL are refused with reasons', () => {
  for (const wrong of [{}, { url: '/a', tag: 'b' }, { all: false }, { urls: '/a' }, { url: 'no url' }, 7]) {
    assert.throws(() => purgeRequest(wrong), { code: 'bad_request' });
  }
});
