import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readRestOperations } from './read-operations.ts';

const folder = mkdtempSync(join(tmpdir(), 'operations-'));
after(() => rmSync(folder, { recursive: true }));

test('a folder and those below it are read; what is there twice is named, with its place', () => {
  mkdirSync(join(folder, 'more'));
  writeFileSync(join(folder, 'a.graphql'), 'query A($x: ID!) @rest(path: "/a/{x}") { a }');
  const more = '\nquery B($y: ID!) @rest(path: "/a/{y}") { a }\nquery A @rest(path: "/c") { a }';
  writeFileSync(join(folder, 'more/b.graphql'), more);
  writeFileSync(join(folder, 'notes.txt'), 'no');
  const { operations, faults } = readRestOperations(folder);
  assert.deepEqual(
    operations.map(({ name }) => name),
    ['A', 'B', 'A'],
  );
  assert.deepEqual(
    faults.map(({ file, line, message }) => `${file.slice(folder.length + 1)}:${line} ${message}`),
    [
      'more/b.graphql:2 GET /a/{y} is in a.graphql already',
      'more/b.graphql:3 an operation A is in a.graphql already',
    ],
  );
  assert.match(readRestOperations(join(folder, 'none')).faults[0]?.message ?? '', /can't be read/);
});
