import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsOf, isAsPromised } from './page.ts';

test('commands stand behind $, go on behind a backslash, and print what follows', () => {
  assert.deepEqual(commandsOf('$ echo a \\\n  b\na b\n\n$ true\n'), [
    { line: 'echo a \\\n  b', prints: 'a b' },
    { line: 'true', prints: '' },
  ]);
});

test('an ellipsis takes any text, and nothing else takes any', () => {
  assert.ok(isAsPromised('date: now\r\n{"a":1}\n', 'date: …\n{"a":1}'));
  assert.ok(isAsPromised('a\nb\nc', 'a\n…'));
  assert.ok(!isAsPromised('{"a":12}', '{"a":1}'));
  assert.ok(!isAsPromised('abc', 'a.c'));
});
