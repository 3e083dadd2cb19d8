import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removeListEntry } from './list-entry.ts';

/** The place of the text after `^`, which is taken out of the source. */
function remove(marked: string): string | undefined {
  const at = marked.indexOf('^');
  const before = marked.slice(0, at);
  const place = { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
  return removeListEntry(marked.replace('^', ''), place);
}

test('an entry goes, and every other byte stays', () => {
  const cases: [string, string][] = [
    ['k: [^{ id: a }, { id: b }] # c\nx: 1\n', 'k: [{ id: b }] # c\nx: 1\n'],
    ['k: [{ id: a }, ^{ id: b }] # c\n', 'k: [{ id: a }] # c\n'],
    ['k: [^{ id: a }]\n', 'k: []\n'],
    ['k:\n  - ^id: a\n    s: 1\n  # about b\n  - id: b\nx: 1\n', 'k:\n  # about b\n  - id: b\nx: 1\n'],
    ['k:\n  - id: a\n  - ^{ id: b, s: 2 }\nx: 1\n', 'k:\n  - id: a\nx: 1\n'],
    ['k:\n  - ^id: a\nx: 1\n', 'k:\n  []\nx: 1\n'],
    ['k:\n  - id: a\n  - ^id: b', 'k:\n  - id: a\n'],
  ];
  for (const [source, result] of cases) assert.equal(remove(source), result, source);
});

test('what is no entry of a list is left alone', () => {
  assert.equal(remove('k: ^{ id: a }\n'), undefined);
  assert.equal(remove('k: [^{ id: a ]\n'), undefined);
});
