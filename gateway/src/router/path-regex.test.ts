import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compilePathRegex, PathRegexError } from './path-regex.ts';

describe('path regex', () => {
  it('matches the whole path', () => {
    const regex = compilePathRegex('/v[12]/users');
    assert.ok(regex.test('/v1/users'));
    assert.ok(!regex.test('/v1/usersX'));
    assert.ok(!regex.test('/x/v1/users'));
    assert.ok(compilePathRegex('^/a$').test('/a'));
  });

  it('knows the regular part of the usual dialect', () => {
    const cases: [string, string[], string[]][] = [
      ['/a{2,3}', ['/aa', '/aaa'], ['/a', '/aaaa']],
      ['/a{2}', ['/aa'], ['/a', '/aaa']],
      ['/a{1,}b?', ['/a', '/aaab'], ['/', '/abb']],
      ['/(?:x|yz)+', ['/x', '/yzx'], ['/', '/y']],
      ['/[^/]+/\\d+', ['/a.b/42'], ['/a/b/42', '/a/x']],
      ['/[\\w.-]*', ['/', '/a-b_c.D'], ['/a/b', '/a+']],
      ['/\\D\\.json', ['/x.json'], ['/1.json', '/xxjson']],
      ['/.*\\.(png|jpg)', ['/a/b.png', '/.jpg'], ['/a.gif']],
      ['/a|/b', ['/a', '/b'], ['/a|/b', '/']],
      ['', [''], ['/']],
    ];
    for (const [source, matching, others] of cases) {
      const regex = compilePathRegex(source);
      for (const path of matching) assert.ok(regex.test(path), `${source} should match ${path}`);
      for (const path of others) assert.ok(!regex.test(path), `${source} should not match ${path}`);
    }
  });

  it('refuses what is not regular, malformed or too large, and says why', () => {
    for (const source of [
      '(?=a)',
      '(?<n>a)',
      '\\1',
      '\\b',
      'a**b(',
      ')',
      '[a',
      '[b-a]',
      '*a',
      'a{3,2}',
      'a{999}',
      'a{x}',
      'a$b',
      'a^',
      'é',
      'a\\',
      `${'a'.repeat(501)}`,
      '(a|b)*a(a|b){12}',
      '((a{90}){90}){90}',
    ]) {
      assert.throws(() => compilePathRegex(source), PathRegexError, source);
    }
  });

  it('takes time linear in the path, for patterns that are the ruin of backtracking', () => {
    const regex = compilePathRegex('/(a+)+(a*)*b');
    assert.ok(!regex.test(`/${'a'.repeat(8000)}c`));
    assert.ok(regex.test(`/${'a'.repeat(8000)}b`));
  });

  it('knows the text that all its matches begin with', () => {
    for (const [source, prefix] of [
      ['/v1/users/\\d+', '/v1/users/'],
      ['^/ab?', '/a'],
      ['/ab+', '/ab'],
      ['/a|/b', ''],
      ['[/]a', ''],
      ['/a{0}', '/'],
    ] as const) {
      assert.equal(compilePathRegex(source).literalPrefix, prefix, source);
    }
  });

  it('agrees with JavaScript', () => {
    const atom = fc.constantFrom('a', 'b', '/', '.', '[ab]', '[^a]', '\\.', '(a|b)', '(?:ab|/)', '(a*b)');
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{1,2}'))
      .map((parts) => parts.join(''));
    const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    const path = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, fc.array(path, { maxLength: 10 }), (source, paths) => {
        const ours = compilePathRegex(source);
        const theirs = new RegExp(`^(?:${source})$`);
        for (const text of paths) {
          assert.equal(ours.test(text), theirs.test(text), `${source} on ${text}`);
          if (theirs.test(text)) assert.ok(text.startsWith(ours.literalPrefix));
        }
      }),
      { numRuns: 300 },
    );
  });
});
