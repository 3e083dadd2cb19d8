import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesToPack, libraryPaths } from './libraries.ts';

const NAMES = ['react.js', 'react-dom.js', 'graphiql.js', 'graphiql.css'];

test('here they are read from their packages', () => {
  const paths = libraryPaths();
  assert.deepEqual([...paths.keys()], NAMES);
  for (const path of paths.values()) assert.ok(readFileSync(path).length > 0, path);
});

test('where packing has put them, they are read from there', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-libraries-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  assert.deepEqual(
    [...libraryPaths(folder)],
    NAMES.map((name) => [name, join(folder, name)]),
  );
});

test('packed are the same files, and the licence of each package', () => {
  const files = filesToPack();
  for (const [name, path] of libraryPaths()) assert.equal(files.get(name), path);
  const licences = [...files.keys()].filter((name) => !NAMES.includes(name));
  assert.deepEqual(licences, ['react.LICENSE', 'react-dom.LICENSE', 'graphiql.LICENSE']);
  for (const name of licences) assert.match(readFileSync(files.get(name) ?? '', 'utf8'), /MIT License/);
});
