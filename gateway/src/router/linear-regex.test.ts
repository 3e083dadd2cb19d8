import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileRegex, RegexError } from './linear-regex.ts';

describe('linear regex', () => {
  it('matches the whole text', () => {
    const regex = compileRegex('/v[12]/users');
    assert.ok(regex.test('/v1/users'));
    assert.ok(!regex.test('/v1/usersX'));
    assert.ok(!regex.test('/x/v1/users'));
    assert.ok(compileRegex('^/a$').test('/a'));
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
      const regex = compileRegex(source);
      for (const path of matching) assert.ok(regex.test(path), `${source} should match ${path}`);
      for (const path of others) assert.ok(!regex.test(path), `${source} should not match ${path}`);
    }
  });

  it('refuses what is not regular, malformed or too large, and says why', () => {
    for (const source of [
      '(?=a)',
      '(?<n>a)(?<n>b)',
      '(?<n>a)*',
      '((?<n>a)b)?',
      'a**',
      'a?+',
      '(?i:a)',
      '[^\\w\\W]',
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
      assert.throws(() => compileRegex(source), RegexError, source);
    }
  });

  it('takes time linear in the path, for patterns that are the ruin of backtracking', () => {
    const regex = compileRegex('/(a+)+(a*)*b');
    assert.ok(!regex.test(`/${'a'.repeat(8000)}c`));
    assert.ok(regex.test(`/${'a'.repeat(8000)}b`));
  });

  it('knows the text that all its matches begin with', () => {
    for (const [source, prefix] of [
      ['/v1/users/\\d+', '/v1/users/'],
      ['^/ab?', '/a'],
      ['/ab+', '/ab'],
      ['/a|/b', '/'],
      ['[/]a', '/a'],
      ['/a{0}', '/'],
      ['/a\\.b(c|d)', '/a.b'],
      ['/(ab|ac)', '/a'],
      ['(?i)/ab', '/'],
      ['/a*', '/'],
      ['/a', '/a'],
    ] as const) {
      assert.equal(compileRegex(source).literalPrefix, prefix, source);
    }
  });

  it('takes what is not ASCII where a class would, and letters of both cases behind (?i)', () => {
    assert.ok(compileRegex('a.c[^x]\\D').test('aécßø'));
    assert.ok(!compileRegex('\\w').test('é'));
    assert.ok(compileRegex('(?i)android [^a-c]').test('ANDroid é'));
    assert.ok(!compileRegex('(?i)[^a-c]').test('B'));
  });

  it('gives what named groups matched', () => {
    const captures = (source: string, text: string): unknown => {
      const found = compileRegex(source).captures(text);
      return found && { ...found };
    };
    assert.deepEqual(captures('/(?<kind>users|orders)/(?<id>\\d+)', '/users/42'), {
      kind: 'users',
      id: '42',
    });
    assert.deepEqual(captures('/(?<a>.*)/(?<b>.*)', '/x/y/z'), { a: 'x/y', b: 'z' });
    assert.deepEqual(captures('/(?<a>.*?)/(?<b>.*)', '/x/y/z'), { a: 'x', b: 'y/z' });
    assert.deepEqual(captures('/(?:a(?<a>b)|c(?<c>d))', '/cd'), { c: 'd' });
    assert.deepEqual(captures('/(?<outer>a(?<inner>b*))', '/a'), { outer: 'a', inner: '' });
    assert.deepEqual(captures('/a', '/a'), {});
    assert.equal(captures('/(?<a>a)', '/b'), undefined);
  });

  it('knows which texts two patterns share, and when they are one', () => {
    const overlap = (a: string, b: string): string => {
      const { both, onlyFirst, onlySecond } = compileRegex(a).overlap(compileRegex(b));
      return [both && 'both', onlyFirst && 'first', onlySecond && 'second'].filter(Boolean).join(' ');
    };
    assert.equal(overlap('a+', 'aa*'), 'both');
    assert.equal(overlap('a+', 'b+'), 'first second');
    assert.equal(overlap('a+', 'a'), 'both first');
    assert.equal(overlap('a.', '.b'), 'both first second');
    assert.equal(compileRegex('a+').key, compileRegex('aa*').key);
    assert.equal(compileRegex('a|b').key, compileRegex('[ab]').key);
    assert.notEqual(compileRegex('a+').key, compileRegex('a*').key);
    assert.notEqual(compileRegex('a').key, compileRegex('b').key);
  });

  it('agrees with JavaScript', () => {
    const atom = fc.constantFrom('a', 'b', '/', '.', '[ab]', '[^a]', '\\.', '(a|b)', '(?:ab|/)', '(a*b)');
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{1,2}', '*?', '+?', '??'))
      .map((parts) => parts.join(''));
    const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    const path = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, fc.array(path, { maxLength: 10 }), (source, paths) => {
        const ours = compileRegex(source);
        const theirs = new RegExp(`^(?:${source})$`);
        for (const text of paths) {
          assert.equal(ours.test(text), theirs.test(text), `${source} on ${text}`);
          if (theirs.test(text)) assert.ok(text.startsWith(ours.literalPrefix));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with JavaScript on what groups match, lazy or not', () => {
    const part = fc.constantFrom(
      'a',
      'b*',
      '.*',
      '.*?',
      '[ab]+',
      '[ab]+?',
      '(?:ab|a)',
      'b?',
      'b??',
      '(?:a|b){1,2}?',
    );
    const pattern = fc
      .array(fc.tuple(part, fc.boolean()), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.map(([text, isGroup], i) => (isGroup ? `(?<g${i}>${text})` : text)).join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, fc.array(text, { maxLength: 10 }), (source, texts) => {
        for (const asked of texts) {
          const theirs = new RegExp(`^(?:${source})$`).exec(asked);
          const ours = compileRegex(source).captures(asked);
          assert.deepEqual(
            ours && { ...ours },
            theirs ? { ...theirs.groups } : undefined,
            `${source} on ${asked}`,
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('property: keys are equal where no text tells two patterns apart', () => {
    const atom = fc.constantFrom('a', 'b', 'a*', '(ab)?', '[ab]', '(a|b)+', 'b{1,2}');
    const pattern = fc.array(atom, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        const [first, second] = [compileRegex(a), compileRegex(b)];
        const { onlyFirst, onlySecond } = first.overlap(second);
        assert.equal(first.key === second.key, !onlyFirst && !onlySecond, `${a} and ${b}`);
      }),
      { numRuns: 300 },
    );
  });
});
