import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FolderWatch } from './folder-watch.ts';

test('a file that is put in the place of another is seen each time, and so are new folders', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-watch-'));
  mkdirSync(join(folder, 'src/generated'), { recursive: true });
  const file = join(folder, 'src/a.ts');
  writeFileSync(file, '0');
  let heard = Promise.withResolvers<readonly string[]>();
  const ignored = [join(folder, 'src/generated')];
  const watch = new FolderWatch({ folders: [folder], ignored, onChange: (paths) => heard.resolve(paths) });
  t.after(() => {
    watch.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const text of ['1', '2', '3']) {
    heard = Promise.withResolvers();
    writeFileSync(join(folder, 'src/generated/made.ts'), text);
    writeFileSync(join(folder, 'src/a.tmp'), text);
    renameSync(join(folder, 'src/a.tmp'), file);
    assert.deepEqual(await heard.promise, [file]);
  }
  heard = Promise.withResolvers();
  mkdirSync(join(folder, 'src/new'));
  writeFileSync(join(folder, 'src/new/b.ts'), '1');
  assert.ok((await heard.promise).includes(join(folder, 'src/new/b.ts')));
});
