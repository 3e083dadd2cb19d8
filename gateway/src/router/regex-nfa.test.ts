import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Nfa } from './regex-nfa.ts';
import { parseRegex, RegexError } from './regex-syntax.ts';

test('each state has one labelled edge at most, and groups mark their start and their end', () => {
  const nfa = new Nfa(parseRegex('(?<a>x)(?<b>y)'));
  assert.deepEqual(nfa.groups, ['a', 'b']);
  assert.deepEqual(nfa.marks.filter((slot) => slot !== undefined).sort(), [0, 1, 2, 3]);
  assert.equal(nfa.labels.filter((label) => label !== undefined).length, 2);
  assert.deepEqual(nfa.free[nfa.last], []);
});

test('one that is too large is refused before it takes the memory', () => {
  assert.throws(() => new Nfa(parseRegex('((a{90}){90}){90}')), RegexError);
});
