import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepts, compileDfa, dfaKey, forcedPrefix, overlapOf } from './regex-dfa.ts';
import { Nfa } from './regex-nfa.ts';
import { parseRegex, RegexError } from './regex-syntax.ts';

const dfa = (source: string) => compileDfa(new Nfa(parseRegex(source)));

test('symbols that nothing tells apart share a column', () => {
  const one = dfa('(?:ab|ac|a[bc])+');
  // For a, for b, for c, for all others.
  assert.equal(one.columns, 4);
  assert.ok(accepts(one, 'abac'));
  assert.ok(!accepts(one, 'aba'));
});

test('its key is that of what it takes', () => {
  assert.equal(dfaKey(dfa('a(?:b|c)*')), dfaKey(dfa('a[bc]*')));
  assert.notEqual(dfaKey(dfa('a(?:b|c)*')), dfaKey(dfa('a[bd]*')));
});

test('what all texts begin with ends where there is a choice, or an end', () => {
  assert.equal(forcedPrefix(dfa('abc?d')), 'ab');
  assert.equal(forcedPrefix(dfa('ab')), 'ab');
  assert.equal(forcedPrefix(dfa('a|ab')), 'a');
  assert.equal(forcedPrefix(dfa('')), '');
});

test('too many states are refused, as is what takes nothing', () => {
  assert.throws(() => dfa('(a|b)*a(a|b){12}'), RegexError);
  assert.throws(() => dfa('a[^\\w\\W]'), /matches nothing/);
});

test('a comparison that would take too long thinks everything possible', () => {
  // They share nothing, but to see it takes as many pairs of states as 485 and 356 have in common multiples.
  const apart = overlapOf(dfa('(?:(?:a{97}){5})*b'), dfa('(?:(?:a{89}){4})*c'));
  assert.deepEqual(apart, { both: true, onlyFirst: true, onlySecond: true });
  const same = overlapOf(dfa('a+b'), dfa('aa*b'));
  assert.deepEqual(same, { both: true, onlyFirst: false, onlySecond: false });
});
