import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { parseTarget } from './target.ts';

describe('parseTarget', () => {
  it('splits path and query, and gives the path its one spelling', () => {
    assert.deepEqual(parseTarget('/%61?b=%2f&c', 'h', 200), { path: '/a', query: 'b=%2f&c' });
    assert.deepEqual(parseTarget('/', 'h', 200), { path: '/', query: '' });
    assert.deepEqual(parseTarget('/?', 'h', 200), { path: '/', query: '' });
    assert.deepEqual(parseTarget('/a?b?c', 'h', 200), { path: '/a', query: 'b?c' });
  });

  it('makes origin-form of an absolute form that agrees with Host', () => {
    assert.deepEqual(parseTarget('http://H:80/a?b', 'h', 200), { path: '/a', query: 'b' });
    assert.deepEqual(parseTarget('https://h', 'h', 200), { path: '/', query: '' });
    assert.deepEqual(parseTarget('http://h?b', 'h', 200), { path: '/', query: 'b' });
  });

  it('refuses every other form, disagreement, and too many parameters', () => {
    const bad = [
      '*',
      '',
      'a',
      'h:443',
      'http://g/',
      'http://',
      'http:///a',
      'http:/h/',
      'ftp://h/',
      '/a#b',
      '/?a#b',
    ];
    for (const target of [...bad, 'http://h#b', 'http://u@h/', '/?a b', '/?\x7f', '/?é', '/?a&b&c']) {
      assert.throws(
        () => parseTarget(target, 'h', 2),
        (error) => error instanceof FrontdeskError && error.code === 'bad_request',
        target,
      );
    }
  });
});
