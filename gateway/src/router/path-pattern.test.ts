import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchablePath, PathPatternError, parsePathPattern, pathRest } from './path-pattern.ts';

describe('path pattern', () => {
  it('reads literals, parameters and prefixes', () => {
    assert.deepEqual(parsePathPattern('/api/:v/%61/*'), {
      template: '/api/:v/a/*',
      segments: ['api', undefined, 'a'],
      params: [{ name: 'v', index: 1 }],
      isPrefix: true,
    });
    assert.deepEqual(parsePathPattern('/'), { template: '/', segments: [], params: [], isPrefix: false });
    assert.equal(parsePathPattern('/a/').template, '/a');
    assert.equal(parsePathPattern('/*').template, '/*');
  });

  it('refuses what could not match or would not mean what it seems to', () => {
    for (const text of [
      'a',
      '',
      '/a*',
      '/*/a',
      '/a/**',
      '/:',
      '/:a-b',
      '/:x/:x',
      '/a;b',
      '/{id}',
      '/a?b',
      '/a//b',
      '/../a',
      '/a%2fb',
      '/é',
    ]) {
      assert.throws(() => parsePathPattern(text), PathPatternError, text);
    }
  });

  it('says how parameters are written to those who know them in braces', () => {
    assert.throws(() => parsePathPattern('/a/{user_id}/b'), /has braces: a parameter is written :user_id/);
    assert.throws(() => parsePathPattern('/a/{*rest}'), /has braces: a parameter is written :name/);
    assert.equal(parsePathPattern('/a/%7Bid%7D').params.length, 0);
  });
});

describe('matchable path', () => {
  it('is without parameters of segments and a slash at its end', () => {
    for (const [path, matchable] of [
      ['/', '/'],
      ['/a', '/a'],
      ['/a/', '/a'],
      ['/a;x/b;y=1', '/a/b'],
      ['/a;x/', '/a'],
      ['/a;', '/a'],
      ['/a;x;y/b', '/a/b'],
    ] as const) {
      assert.equal(matchablePath(path), matchable, path);
    }
  });
});

describe('the rest of a path', () => {
  it('is what stands behind so many segments', () => {
    assert.equal(pathRest('/a/b/c', 1), 'b/c');
    assert.equal(pathRest('/a/b/c', 0), 'a/b/c');
    assert.equal(pathRest('/a/', 1), '');
    assert.equal(pathRest('/a', 1), undefined);
    assert.equal(pathRest('/', 0), '');
  });
});
