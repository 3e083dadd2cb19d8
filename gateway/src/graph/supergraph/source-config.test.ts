import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supergraphSourceConfig } from './source-config.ts';

const parse = (value: unknown) => supergraphSourceConfig.safeParse(value);

test('text, a file, a URL and running subgraphs, with their defaults', () => {
  assert.equal(parse('./s.graphql').data, './s.graphql');
  assert.deepEqual(parse({ file: 's' }).data, { file: 's', watch: true });
  assert.deepEqual(parse({ url: 'https://h/s?a=b', headers: { 'X-Key': 'k' } }).data, {
    url: 'https://h/s?a=b',
    poll: 30_000,
    headers: { 'x-key': 'k' },
    timeout: 10_000,
    startWithin: 10_000,
  });
  assert.deepEqual(parse({ subgraphs: 'upstreams', poll: '1s' }).data, {
    subgraphs: 'upstreams',
    poll: 1_000,
    headers: {},
    timeout: 10_000,
    startWithin: 10_000,
  });
  assert.ok(parse({ subgraphs: [{ name: 'a' }, { name: 'b', url: 'http://b' }] }).success);
});

test('what would poll without pause, or names two sources, is refused', () => {
  for (const wrong of [
    '',
    {},
    { url: 'https://h/s', poll: '0s' },
    { url: 'ftp://h/s' },
    { url: 'https://user:pass@h/s' },
    { file: 's', url: 'https://h/s' },
    { subgraphs: [] },
    { subgraphs: 'all' },
  ]) {
    assert.equal(parse(wrong).success, false, JSON.stringify(wrong));
  }
});
