import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureGroups } from './regex-captures.ts';
import { Nfa } from './regex-nfa.ts';
import { parseRegex } from './regex-syntax.ts';

const capture = (source: string, text: string) => {
  const groups = captureGroups(new Nfa(parseRegex(source)), text);
  return groups && { ...groups };
};

test('greedy groups take what they can, lazy ones what they must', () => {
  assert.deepEqual(capture('(?<a>a*)(?<b>a*)', 'aaa'), { a: 'aaa', b: '' });
  assert.deepEqual(capture('(?<a>a*?)(?<b>a*)', 'aaa'), { a: '', b: 'aaa' });
  assert.deepEqual(capture('(?<a>a|ab)(?<b>c|bcd)', 'abcd'), { a: 'a', b: 'bcd' });
});

test('a text that is not matched has none', () => {
  assert.equal(capture('(?<a>a)', 'b'), undefined);
  assert.equal(capture('(?<a>a)b', 'a'), undefined);
});

test('the time is linear where going back would never end', () => {
  assert.deepEqual(capture('(?<all>(?:a+)+b?)', 'a'.repeat(5000)), { all: 'a'.repeat(5000) });
  assert.equal(capture('(?<all>(?:a+)+b)', 'a'.repeat(5000)), undefined);
});
