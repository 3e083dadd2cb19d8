import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALPHABET, OTHER, parseRegex, RegexError } from './regex-syntax.ts';

test('a pattern becomes a tree of sets, sequences, choices and repetitions', () => {
  const tree = parseRegex('(?<n>a)|b{2,3}?');
  assert.ok(tree.kind === 'choice');
  const [first, second] = tree.parts.map((part) => (part.kind === 'sequence' ? part.parts[0] : undefined));
  assert.ok(first?.kind === 'group' && first.name === 'n');
  assert.ok(second?.kind === 'repeat' && second.min === 2 && second.max === 3 && second.isLazy);
});

test('a set has one place for each ASCII character, and one for all others', () => {
  const set = (source: string): Uint8Array => {
    const tree = parseRegex(source);
    const part =
      tree.kind === 'choice' && tree.parts[0]?.kind === 'sequence' ? tree.parts[0].parts[0] : undefined;
    return part?.kind === 'set' ? part.set : assert.fail();
  };
  assert.equal(set('.').length, ALPHABET);
  assert.deepEqual([set('.')[OTHER], set('[^a]')[OTHER], set('\\W')[OTHER], set('\\w')[OTHER]], [1, 1, 1, 0]);
  assert.deepEqual([set('(?i)b')[0x42], set('(?i)b')[0x62], set('b')[0x42]], [1, 1, 0]);
});

test('what is refused says what and where', () => {
  const message = (source: string): string => {
    try {
      parseRegex(source);
    } catch (error) {
      if (error instanceof RegexError) return error.message;
    }
    return 'accepted';
  };
  assert.match(message('a(?=b)'), /lookaround.*at character 3/);
  assert.match(message('(?<n>a)+'), /named group that is repeated/);
  assert.match(message('a**'), /repetition of a repetition/);
  assert.match(message('é'), /not ASCII/);
  assert.match(message('(?<a>)'.repeat(17).replaceAll(/a/g, () => 'a')), /the group a twice/);
  assert.match(message(Array.from({ length: 17 }, (_, i) => `(?<g${i}>a)`).join('')), /more than 16/);
  assert.match(message('a'.repeat(501)), /longer than 500/);
});
