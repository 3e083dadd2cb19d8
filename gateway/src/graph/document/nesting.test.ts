import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'graphql';
import { isNestedTooDeeply, MAX_DOCUMENT_NESTING } from './nesting.ts';

test('H107: brackets of every kind nest to the bound and no further', () => {
  for (const [open, close] of [
    ['{', '}'],
    ['[', ']'],
    ['(', ')'],
    ['{a(b:[', '])}'],
  ] as const) {
    const levels = Math.floor(12 / open.replace(/[^[{(]/g, '').length);
    assert.equal(isNestedTooDeeply(open.repeat(levels) + close.repeat(levels), 12), false, open);
    assert.equal(isNestedTooDeeply(open.repeat(levels + 1), 12), true, open);
  }
  assert.equal(isNestedTooDeeply('{a}'.repeat(10_000), 1), false, 'what is closed is closed');
  assert.equal(isNestedTooDeeply(`}}}${'{'.repeat(3)}`, 2), true, 'what closes nothing makes no room');
});

test('H107: what stands in strings and comments neither nests nor hides what does', () => {
  const within = ['"[[["', '"\\"[[["', '"""[[["[[[ \\""" [[["""', '# "[[[\n', '""', '""""""', '"\\\\"'];
  for (const text of within) {
    assert.equal(isNestedTooDeeply(text, 2), false, text);
    assert.equal(isNestedTooDeeply(`${text} [[[`, 2), true, text);
  }
  assert.equal(isNestedTooDeeply('"open\n[[[', 2), true, 'a string ends with its line');
});

test('H107: whatever it lets pass, the parser takes or refuses without the end of its stack', () => {
  const piece = fc.constantFrom(
    '{',
    '[',
    '(',
    '}',
    ']',
    ')',
    'a',
    ':',
    '"',
    '"""',
    '\\',
    '#',
    '\n',
    '$x',
    '{a(b:[',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 60 }), (pieces, times) => {
      const text = pieces.join('').repeat(times);
      if (isNestedTooDeeply(text)) return;
      try {
        parse(text);
      } catch (error) {
        assert.ok(!(error instanceof RangeError));
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(MAX_DOCUMENT_NESTING < 1000);
});
