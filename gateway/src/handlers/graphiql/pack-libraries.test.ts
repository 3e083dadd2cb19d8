import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { filesToPack } from './libraries.ts';
import { packLibraries } from './pack-libraries.ts';

test('each file is where the compiled gateway looks for it, byte for byte', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-pack-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  packLibraries(directory);
  const folder = join(directory, 'dist/handlers/graphiql/libraries');
  const files = filesToPack();
  assert.deepEqual(readdirSync(folder).sort(), [...files.keys()].sort());
  for (const [name, path] of files)
    assert.deepEqual(readFileSync(join(folder, name)), readFileSync(path), name);
});
