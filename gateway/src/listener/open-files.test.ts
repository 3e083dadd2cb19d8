import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { openFileLimit } from './open-files.ts';

it('the limit of open files is the soft one, and none where nothing is known', (test) => {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'));
  test.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'limits');
  const row = (value: string): void =>
    writeFileSync(
      file,
      `Max processes   7  9  processes\nMax open files            ${value}   4096   files\n`,
    );
  row('1024');
  assert.equal(openFileLimit(file), 1024);
  row('unlimited');
  assert.equal(openFileLimit(file), Number.POSITIVE_INFINITY);
  assert.equal(openFileLimit(join(folder, 'missing')), Number.POSITIVE_INFINITY);
});
