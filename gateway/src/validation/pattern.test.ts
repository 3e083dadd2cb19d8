import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compilePattern } from './pattern.ts';

test('means what JavaScript means by it, found anywhere', () => {
  for (const [source, ...texts] of [
    ['b', 'abc', 'ac', ''],
    ['^a|c$', 'ab', 'bc', 'ca', 'b'],
    ['^[A-Z]{2}-[0-9]+$', 'AB-1', 'AB-', 'xAB-1'],
    ['^[a-z]{1,255}$', 'a', 'a'.repeat(255), 'a'.repeat(256), ''],
    ['^(ab|c){101,150}$', 'c'.repeat(101), 'c'.repeat(100), 'ab'.repeat(151)],
    ['^x{200,}$', 'x'.repeat(200), 'x'.repeat(199), 'x'.repeat(900)],
    ['^a.c$', 'abc', 'a\nc', 'a😀c', 'aéc'],
    ['^.{2}$', '😀😀', '😀', 'ab'],
    ['^\\u0041\\x2e\\t$', 'A.\t', 'AA\t'],
    ['^[\\]\\-a]+$', ']-a', 'b'],
    ['^\\/v\\d$', '/v1', '/vx'],
    ['', '', 'a'],
    ['^$', '', 'a'],
    ['a\\$', 'a$', 'a'],
  ] as const) {
    const pattern = compilePattern(source);
    const theirs = new RegExp(source, 'u');
    for (const text of texts) assert.equal(pattern.test(text), theirs.test(text), `${source} on ${text}`);
    assert.equal(String(pattern), source);
  }
});

test('what would need to go back is refused', () => {
  for (const source of [
    '(?=a)',
    '^(?!\\s*$).+',
    '(a)\\1',
    '\\bword',
    '\\p{L}',
    'é',
    'a{1,2000}',
    '(',
    'a{2,1}',
    '(a|b)*a(a|b){12}',
  ]) {
    assert.throws(() => compilePattern(source), { name: 'RegexError' }, source);
  }
});

test('takes time linear in the text', () => {
  assert.ok(!compilePattern('^(a+)+$').test(`${'a'.repeat(100_000)}b`));
});

test('property: agrees with JavaScript', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\.', '(a|b)', '(?:ab|b)', '\\d');
  const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{1,2}')).map((parts) => parts.join(''));
  const body = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  const one = fc
    .tuple(fc.constantFrom('', '^'), body, fc.constantFrom('', '$'))
    .map((parts) => parts.join(''));
  const source = fc.array(one, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|'));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '1', '\n', '😀'), maxLength: 6 });
  fc.assert(
    fc.property(source, fc.array(text, { maxLength: 8 }), (pattern, texts) => {
      const ours = compilePattern(pattern);
      const theirs = new RegExp(pattern, 'u');
      for (const one of texts)
        assert.equal(ours.test(one), theirs.test(one), `${pattern} on ${JSON.stringify(one)}`);
    }),
    { numRuns: 300 },
  );
});
