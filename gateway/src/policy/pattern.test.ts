import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compilePattern, hasAnchoredChoice } from './pattern.ts';

/** Patterns of the common dialect, and texts that they may match. */
const atom = fc.constantFrom('a', 'b', '.', '[ab]', '(?:ab)', '(?:a|b)');
const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?')).map(([one, times]) => one + times);
const pattern = fc
  .tuple(fc.boolean(), fc.array(piece, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([start, pieces, end]) => `${start ? '^' : ''}${pieces.join('')}${end ? '$' : ''}`);
const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 }).map((letters) => letters.join(''));

test('it finds what the pattern finds anywhere in the text', () => {
  fc.assert(
    fc.property(pattern, text, (source, subject) => {
      assert.equal(compilePattern(source).test(subject), new RegExp(source).test(subject));
    }),
  );
});

test('anchors beside a choice are told, those around a group are fine', () => {
  for (const source of ['^a|b', 'a|b$', '(?i)^a|b$']) assert.equal(hasAnchoredChoice(source), true, source);
  for (const source of ['a|b', '^(?:a|b)$', '^[|]$', '^a\\|b$', '^a'])
    assert.equal(hasAnchoredChoice(source), false, source);
});

test('an escaped dollar is no anchor', () => {
  assert.equal(compilePattern('a\\$').test('xa$x'), true);
  assert.equal(compilePattern('a\\\\$').test('xa\\x'), false);
});
