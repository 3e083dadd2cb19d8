import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fillPath, matchPath, type PathTemplate, parsePathTemplate } from './path-template.ts';

function template(source: string): PathTemplate {
  const parsed = parsePathTemplate(source);
  assert.ok(parsed, source);
  return parsed;
}

describe('a path template', () => {
  it('is whole segments, each a literal or a parameter', () => {
    assert.deepEqual(template('/users/{id}/cards').names, ['id']);
    assert.deepEqual(template('/').segments, []);
    for (const bad of [
      'users',
      '/a//b',
      '/a/',
      '/a/../b',
      '/a?b',
      '/{id',
      '/x{id}',
      '/{a}/{a}',
      '/a b',
      '/%2f',
    ]) {
      assert.equal(parsePathTemplate(bad), undefined, bad);
    }
  });

  it('keeps any value within its segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        const path = fillPath(template('/users/{id}/cards'), { id });
        if (id === '' || id === '.' || id === '..' || !id.isWellFormed()) {
          assert.equal(path, undefined);
          return;
        }
        assert.ok(path);
        const parts = new URL(path, 'http://h').pathname.split('/');
        assert.equal(parts.length, 4);
        assert.equal(decodeURIComponent(parts[2] ?? ''), id);
      }),
    );
  });

  it('refuses a missing value, and one that only the prototype has', () => {
    assert.equal(fillPath(template('/{id}'), {}), undefined);
    assert.equal(fillPath(template('/{toString}'), {}), undefined);
    assert.equal(fillPath(template('/{id}'), { id: 0 }), '/0');
  });

  it('takes a written path where each value is one plain segment', () => {
    assert.deepEqual(matchPath(template('/users/{id}'), '/users/42'), { id: '42' });
    assert.deepEqual(matchPath(template('/users/{id}'), '/users/auth0|x'), undefined);
    for (const bad of [
      '/users/',
      '/users/4/2',
      '/users/..',
      '/users/4%2f2',
      '/users/4?x=1',
      '/users/4#x',
      '/users/a\\b',
      'users/4',
      '/other/4',
    ]) {
      assert.equal(matchPath(template('/users/{id}'), bad), undefined, bad);
    }
  });
});
